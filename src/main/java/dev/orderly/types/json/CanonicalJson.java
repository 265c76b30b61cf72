package dev.orderly.types.json;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.erdtman.jcs.JsonCanonicalizer;

/** JSON in its one canonical form, RFC 8785: what a digest is taken of. */
public final class CanonicalJson {
  private CanonicalJson() {}

  /**
   * UTF-8, members by the UTF-16 code units of their names, numbers as ECMAScript writes the double
   * that is nearest.
   *
   * @throws IllegalArgumentException if it holds what RFC 8785 has no form for: a number beyond
   *     every double, or half of a surrogate pair
   */
  public static byte[] bytes(JsonObject value) {
    return bytes(value.encode());
  }

  /** As {@link #bytes(JsonObject)}, of a JSON text. */
  static byte[] bytes(String json) {
    try {
      return new JsonCanonicalizer(json).getEncodedUTF8();
    } catch (IOException | NumberFormatException e) {
      throw new IllegalArgumentException("no canonical JSON: " + e.getMessage(), e);
    }
  }
}
