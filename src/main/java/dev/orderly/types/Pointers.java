package dev.orderly.types;

/** RFC 6901 JSON Pointers. */
final class Pointers {
  private Pointers() {}

  /** The pointer to a member of what another points at. */
  static String child(String parent, String key) {
    return parent + "/" + key.replace("~", "~0").replace("/", "~1");
  }
}
