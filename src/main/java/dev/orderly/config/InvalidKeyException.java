package dev.orderly.config;

/** Values contradict each other. Thrown by the records' constructors. */
public final class InvalidKeyException extends IllegalArgumentException {
  private final String key;
  private final String other;

  /**
   * For a contradiction within a section.
   *
   * @param key the key to blame, without its section
   * @param allowed what its value must be
   */
  public InvalidKeyException(String key, String allowed) {
    this(key, null, allowed);
  }

  /**
   * For a contradiction between sections.
   *
   * @param key the key to blame, with its section
   * @param other the key that it contradicts, with its section
   * @param allowed what the first one's value must be
   */
  public InvalidKeyException(String key, String other, String allowed) {
    super(allowed);
    this.key = key;
    this.other = other;
  }

  /** Null if it is one of the same section. */
  public String other() {
    return other;
  }

  public String key() {
    return key;
  }

  public String allowed() {
    return getMessage();
  }
}
