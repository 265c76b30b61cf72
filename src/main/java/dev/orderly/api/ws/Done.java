package dev.orderly.api.ws;

import io.vertx.core.json.JsonObject;

/**
 * What came of an operation.
 *
 * @param problem the whole problem, if what came of it is a refusal that was kept; else null
 * @param delivered what follows once the answer is on its way
 * @param undelivered what follows instead if there is nobody left to answer
 */
record Done(JsonObject result, JsonObject problem, Runnable delivered, Runnable undelivered) {
  Done(JsonObject result, Runnable delivered, Runnable undelivered) {
    this(result, null, delivered, undelivered);
  }

  static Done of(JsonObject result) {
    return new Done(result, () -> {}, () -> {});
  }

  static Done then(JsonObject result, Runnable delivered) {
    return new Done(result, delivered, () -> {});
  }

  static Done refused(JsonObject problem) {
    return new Done(null, problem, () -> {}, () -> {});
  }

  int status() {
    return problem == null ? 200 : problem.getInteger("status");
  }
}
