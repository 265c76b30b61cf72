package dev.orderly.types.schema;

/**
 * A quick look at an instance that knows one answer only: the validator is certain to find it
 * valid. What is not accepted may be valid all the same; the validator decides.
 */
@FunctionalInterface
interface Acceptance {
  /** All instances, as the schema {@code true}. */
  Acceptance ANYTHING = instance -> true;

  /** Leaves every instance to the validator. */
  Acceptance NOTHING = instance -> false;

  /**
   * @param instance of any class; objects and arrays may be maps and lists, at any depth
   */
  boolean accepts(Object instance);
}
