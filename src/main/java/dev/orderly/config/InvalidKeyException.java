package dev.orderly.config;

/** A section's values contradict each other. Thrown by the records' constructors. */
final class InvalidKeyException extends IllegalArgumentException {
  private final String key;

  /**
   * @param key the key to blame, without its section
   * @param allowed what its value must be
   */
  InvalidKeyException(String key, String allowed) {
    super(allowed);
    this.key = key;
  }

  String key() {
    return key;
  }

  String allowed() {
    return getMessage();
  }
}
