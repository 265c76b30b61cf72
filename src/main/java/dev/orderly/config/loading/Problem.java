package dev.orderly.config.loading;

/**
 * One thing wrong with the configuration.
 *
 * @param text the key, its value and what is allowed
 */
record Problem(Origin origin, String text) {
  @Override
  public String toString() {
    return origin + ": " + text;
  }
}
