package dev.orderly.idempotency;

import io.vertx.core.json.JsonObject;

/**
 * The answer to a command, in the form in which it is stored for replay.
 *
 * @param status the HTTP status that the body belongs to
 * @param replayed true if this is the answer to an earlier request with the same key
 */
public record Answer(int status, JsonObject body, boolean replayed) {
  public static Answer of(int status, JsonObject body) {
    return new Answer(status, body, false);
  }
}
