package dev.orderly.state.review;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Why an order was rejected, as it is stored and sent. */
final class ReviewErrors {
  private ReviewErrors() {}

  /** What an order says that was rejected. */
  static JsonObject ofOrder(JsonArray errors) {
    return new JsonObject()
        .put("code", "rejected")
        .put("message", "Rejected by a reviewer")
        .put("errors", errors);
  }
}
