package dev.orderly.api.rest.handling;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Map;

/**
 * A request and its answer to be.
 *
 * @param path the path's parameters by name, decoded
 */
record Exchange(HttpServerRequest request, RequestTrace trace, Map<String, String> path) {

  HttpServerResponse response() {
    return request.response();
  }
}
