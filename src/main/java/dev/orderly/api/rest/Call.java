package dev.orderly.api.rest;

import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import dev.orderly.idempotency.IdempotencyKey;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A request that has passed the contract.
 *
 * @param principal null where no token is needed
 * @param caller null where no token is needed
 * @param query decoded query parameters in the order in which they were sent
 * @param body empty if there was none
 * @param idempotency null if no key was sent or the operation takes none
 */
record Call(
    RoutingContext context,
    Principal principal,
    Caller caller,
    List<Map.Entry<String, String>> query,
    JsonObject body,
    IdempotencyKey idempotency) {

  /** A path parameter that the contract says is a UUID. */
  UUID id(String parameter) {
    return UUID.fromString(context.pathParam(parameter));
  }

  String path(String parameter) {
    return context.pathParam(parameter);
  }

  /** A query parameter's last value, or null. */
  String query(String name) {
    String found = null;
    for (var parameter : query) {
      if (parameter.getKey().equals(name)) {
        found = parameter.getValue();
      }
    }
    return found;
  }

  /** Calls back if the client goes before it has its answer. */
  void onDisconnect(Runnable action) {
    var response = context.response();
    response.closeHandler(
        closed -> {
          if (!response.ended()) {
            action.run();
          }
        });
  }

  /** True if nobody will read the answer. */
  boolean isDisconnected() {
    return context.response().closed();
  }

  String header(String name) {
    return context.request().getHeader(name);
  }
}
