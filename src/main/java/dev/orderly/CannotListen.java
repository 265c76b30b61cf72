package dev.orderly;

import java.io.IOException;

/** An address that a node is to listen on and cannot. */
final class CannotListen {
  private CannotListen() {}

  /**
   * @param where the settings that name the address
   * @return the failure with a line for the operator, or as it was if it is another one
   */
  static Throwable explain(Throwable failure, String where) {
    // The native transport has exceptions of its own for a taken port.
    return failure instanceof IOException
        ? new IllegalStateException(
            "cannot listen %s: %s".formatted(where, failure.getMessage()), failure)
        : failure;
  }
}
