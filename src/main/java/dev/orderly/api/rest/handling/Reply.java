package dev.orderly.api.rest.handling;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes back over HTTP.
 *
 * @param contentType null if there is no body
 */
public record Reply(int status, Map<String, String> headers, String contentType, Buffer body) {
  static final String JSON = "application/json";

  /** The connection is another protocol's by now. */
  public static final Reply UPGRADED = empty(101);

  /** The answer is written already. */
  public static final Reply SENT = empty(200);

  public static Reply json(int status, JsonObject body) {
    return json(status, body.toBuffer());
  }

  /**
   * @param body JSON in UTF-8
   */
  public static Reply json(int status, Buffer body) {
    return new Reply(status, Map.of(), JSON, body);
  }

  public static Reply text(String contentType, Buffer body) {
    return new Reply(200, Map.of(), contentType, body);
  }

  public static Reply empty(int status) {
    return new Reply(status, Map.of(), null, Buffer.buffer());
  }

  public Reply with(String header, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Reply(status, more, contentType, body);
  }
}
