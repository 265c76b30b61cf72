package dev.orderly.types.json;

/** RFC 6901 JSON Pointers. */
public final class Pointers {
  private Pointers() {}

  /** The pointer to a member of what another points at. */
  public static String child(String parent, String key) {
    return parent + "/" + key.replace("~", "~0").replace("/", "~1");
  }
}
