package dev.orderly.config;

import java.util.Objects;

/**
 * A text that must not appear in logs, messages or printed configuration.
 *
 * @param reveal the text itself, never null
 */
public record Secret(String reveal) {
  /** What stands in a secret's place wherever it would be shown. */
  public static final String MASK = "***";

  public Secret {
    Objects.requireNonNull(reveal);
  }

  @Override
  public String toString() {
    return MASK;
  }
}
