package dev.orderly.state.queries.parameters;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The text form of cursors: base64url without padding, of JSON. */
public final class Opaque {
  private static final int LENGTH_MAX = 2_000;

  private Opaque() {}

  public static String encode(JsonObject content) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(content.encode().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws BadParameter if it is no such text
   */
  static JsonObject decode(String cursor) {
    try {
      if (cursor.length() <= LENGTH_MAX) {
        var bytes = Base64.getUrlDecoder().decode(cursor);
        return new JsonObject(new String(bytes, StandardCharsets.UTF_8));
      }
    } catch (IllegalArgumentException | DecodeException e) {
      // Told below; what exactly is wrong with it would help nobody.
    }
    throw notOurs();
  }

  static BadParameter notOurs() {
    return BadParameter.malformed(
        "is not a cursor of this list; use page.next of the page before as it stands");
  }
}
