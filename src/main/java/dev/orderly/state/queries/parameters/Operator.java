package dev.orderly.state.queries.parameters;

import java.util.Locale;

/** How a filter compares: a prefix of the value, or a name in brackets after the filter's. */
public enum Operator {
  // The longer prefixes first, so that the first that fits is the one that was meant.
  GTE(">="),
  LTE("<="),
  NE("<>"),
  GT(">"),
  LT("<"),
  EQ("=");

  private final String sign;

  Operator(String sign) {
    this.sign = sign;
  }

  /** The prefix, which is also SQL's operator. */
  public String sign() {
    return sign;
  }

  /** The name in brackets. */
  String wire() {
    return name().toLowerCase(Locale.ROOT);
  }
}
