package dev.orderly.state;

import dev.orderly.domain.Violation;
import java.util.List;

/** JSON Pointers into request bodies. */
public final class Pointers {
  private Pointers() {}

  /** Makes pointers into a part of the body point from the body's root. */
  public static List<Violation> under(String prefix, List<Violation> violations) {
    return violations.stream()
        .map(v -> new Violation(prefix + v.pointer(), v.code(), v.message()))
        .toList();
  }
}
