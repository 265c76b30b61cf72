package dev.orderly.api;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Refusals as RFC 9457 problem documents, whatever carries them. */
public final class ProblemJson {
  private static final String TYPE_PREFIX = "urn:orderly:problem:";

  private ProblemJson() {}

  public static JsonObject of(Rejected rejected) {
    var code = rejected.code();
    var errors = new JsonArray();
    for (var error : rejected.errors()) {
      errors.add(of(error));
    }
    var problem =
        new JsonObject()
            .put("type", TYPE_PREFIX + code.wire())
            .put("title", code.title())
            .put("status", code.status())
            .put("detail", rejected.detail())
            .put("code", code.wire())
            .put("errors", errors)
            .put("retryable", code.retryable())
            .put("next_actions", new JsonArray(rejected.nextActions()));
    // For those whom no header reaches, as in a frame or in one of many results.
    return rejected.retryAfterMillis() > 0
        ? problem.put("retry_after_seconds", rejected.retryAfterSeconds())
        : problem;
  }

  /** What the client is told of a failure that is the server's own. */
  public static Rejected incident(String id) {
    return new Rejected(
        ErrorCode.INTERNAL,
        "The server failed while it handled this request; it is logged as incident " + id);
  }

  private static JsonObject of(Violation error) {
    return new JsonObject()
        .put("pointer", error.pointer())
        .put("code", error.code())
        .put("message", error.message());
  }
}
