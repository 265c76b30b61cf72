package dev.orderly.types;

import dev.orderly.types.ApplySpec.Expression;

/**
 * How a change is foretold before it is approved. Statements need nothing: they are run and rolled
 * back. A type's own code is asked by {@link JavaApply#preview}.
 *
 * @param holdOnDifference whether a change that differs from the approved prediction is held for
 *     review instead of being made
 * @param dryRun whether the webhook answers a dry run with the diff that it would make
 * @param before what the diff shows as the state before; null for nothing
 * @param after and after the change; null unless expressions foretell it
 * @param summary one line for people; null means a count of the changes
 */
public record PredictionSpec(
    boolean holdOnDifference,
    boolean dryRun,
    Expression before,
    Expression after,
    Expression summary) {

  /** Nothing is declared. */
  public static final PredictionSpec NONE = new PredictionSpec(false, false, null, null, null);

  /** Nothing is declared but that differences are held. */
  public static final PredictionSpec HOLD = new PredictionSpec(true, false, null, null, null);
}
