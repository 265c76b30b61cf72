package dev.orderly.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes one configuration key. It stands on a section's record component; the key's name is the
 * component's in snake case, units last. Parsing, checking and documentation all read it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {
  /** What the key does: one sentence or two, for operators. */
  String about();

  /** The value if none is given, as one would write it; lists are separated by commas. */
  String fallback() default "";

  /** True if no value is a value too: the component is then null. */
  boolean optional() default false;

  /** True if there is no default and a value must be given. */
  boolean required() default false;

  /** The least whole number allowed. */
  int min() default 0;

  /** The greatest whole number allowed. */
  int max() default Integer.MAX_VALUE;

  /** The texts allowed, if only some are. */
  String[] choices() default {};

  /** What a text must match, as a regular expression, if it must. */
  String pattern() default "";

  /** The pattern in words: what the value "must be". */
  String allowed() default "";
}
