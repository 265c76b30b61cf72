package dev.orderly.state.review;

import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What is wrong with a result, as it is stored and sent. */
final class ReviewErrors {
  private ReviewErrors() {}

  static JsonArray json(List<Violation> errors) {
    var json = new JsonArray();
    for (var error : errors) {
      json.add(
          new JsonObject()
              .put("code", error.code())
              .put("message", error.message())
              .put("pointer", error.pointer()));
    }
    return json;
  }

  /** What an order says that was rejected. */
  static JsonObject ofOrder(JsonArray errors) {
    return new JsonObject()
        .put("code", "rejected")
        .put("message", "Rejected by a reviewer")
        .put("errors", errors);
  }
}
