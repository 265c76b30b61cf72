package dev.orderly.api;

import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/** Where requests that ask for a WebSocket go once it is known whom they come from. */
@FunctionalInterface
public interface SocketDoor {

  /**
   * Turns the request's connection into a WebSocket, which answers the request.
   *
   * @return failed with a {@link dev.orderly.domain.Rejected}, and the request not answered, if it
   *     cannot be
   */
  Future<Void> open(HttpServerRequest request, Principal principal, Caller caller);
}
