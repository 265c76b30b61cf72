package dev.orderly.state;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;

/** An order's type version is not installed on this node. */
public final class TypeMissing {
  private TypeMissing() {}

  public static Rejected of(String type, String version) {
    return new Rejected(
        ErrorCode.UNAVAILABLE,
        "Order type %s, version %s, is not installed on this node".formatted(type, version));
  }
}
