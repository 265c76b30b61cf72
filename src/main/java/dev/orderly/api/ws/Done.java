package dev.orderly.api.ws;

import io.vertx.core.json.JsonObject;

/**
 * What came of an operation.
 *
 * @param delivered what follows once the answer is on its way
 * @param undelivered what follows instead if there is nobody left to answer
 */
record Done(JsonObject result, Runnable delivered, Runnable undelivered) {
  static Done of(JsonObject result) {
    return new Done(result, () -> {}, () -> {});
  }

  static Done then(JsonObject result, Runnable delivered) {
    return new Done(result, delivered, () -> {});
  }
}
