package dev.orderly.api.rest.handling;

import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import dev.orderly.idempotency.IdempotencyKey;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
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
public record Call(
    Exchange exchange,
    Principal principal,
    Caller caller,
    List<Map.Entry<String, String>> query,
    JsonObject body,
    IdempotencyKey idempotency) {

  public HttpServerRequest request() {
    return exchange.request();
  }

  public HttpServerResponse response() {
    return exchange.response();
  }

  /** A path parameter that the contract says is a UUID. */
  public UUID id(String parameter) {
    return UUID.fromString(path(parameter));
  }

  public String path(String parameter) {
    return exchange.path().get(parameter);
  }

  /** A query parameter's last value, or null. */
  public String query(String name) {
    String found = null;
    for (var parameter : query) {
      if (parameter.getKey().equals(name)) {
        found = parameter.getValue();
      }
    }
    return found;
  }

  /** Calls back if the client goes before it has its answer. */
  public void onDisconnect(Runnable action) {
    var response = response();
    response.closeHandler(
        closed -> {
          if (!response.ended()) {
            action.run();
          }
        });
  }

  /** True if nobody will read the answer. */
  public boolean isDisconnected() {
    return response().closed();
  }

  public String header(String name) {
    return request().getHeader(name);
  }
}
