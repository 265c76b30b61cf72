package dev.orderly.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a token allows. The wire value is {@code work.} and the name in lower case. */
public enum Scope {
  PROPOSE,
  VIEW,
  CHECKOUT,
  SUBMIT,
  APPROVE,
  REJECT,
  ADMIN;

  public String wire() {
    return "work." + name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Scope> of(String wire) {
    return Arrays.stream(values()).filter(scope -> scope.wire().equals(wire)).findFirst();
  }
}
