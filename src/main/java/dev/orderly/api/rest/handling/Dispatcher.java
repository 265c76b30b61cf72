package dev.orderly.api.rest.handling;

import dev.orderly.api.Draining;
import dev.orderly.api.RequestMetrics;
import dev.orderly.api.rest.contract.PathTree;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.net.RFC3986;
import java.util.Map;

/** Takes each request to the operation that its method and path name, and notes its end. */
public final class Dispatcher implements Handler<HttpServerRequest> {
  private final PathTree<OperationHandler> operations;
  private final Draining draining;
  private final RequestMetrics metrics;
  private final Problems problems;

  public Dispatcher(
      PathTree<OperationHandler> operations,
      Draining draining,
      RequestMetrics metrics,
      Problems problems) {
    this.operations = operations;
    this.draining = draining;
    this.metrics = metrics;
    this.problems = problems;
  }

  @Override
  public void handle(HttpServerRequest request) {
    var trace = begin(request);
    try {
      dispatch(request, trace);
    } catch (RuntimeException e) {
      problems.answer(new Exchange(request, trace, Map.of()), e);
    }
  }

  private RequestTrace begin(HttpServerRequest request) {
    var trace = RequestTrace.begin(request);
    request
        .response()
        .endHandler(answered -> end(request, trace))
        .exceptionHandler(failure -> end(request, trace))
        .closeHandler(gone -> end(request, trace));
    return trace;
  }

  private void end(HttpServerRequest request, RequestTrace trace) {
    if (trace.end()) {
      metrics.record(trace.operation(), request.response().getStatusCode(), trace.nanos());
      trace.log(request);
    }
  }

  private void dispatch(HttpServerRequest request, RequestTrace trace) {
    if (draining.begun() && !about(request.path())) {
      request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      throw new Rejected(ErrorCode.UNAVAILABLE, "This node is stopping; ask another");
    }
    if (request.authority() == null && request.version() != HttpVersion.HTTP_1_0) {
      throw new Rejected(ErrorCode.MALFORMED_REQUEST, "The Host header is missing or no host");
    }
    var path = path(request);
    var match = find(request, path);
    if (match == null) {
      throw unserved(request, path);
    }
    match.served().handle(new Exchange(request, trace, match.parameters()));
  }

  /** Health and metrics are answered to the end. */
  private static boolean about(String path) {
    return path != null && (path.startsWith("/health") || path.equals("/metrics"));
  }

  private static String path(HttpServerRequest request) {
    var path = request.path();
    if (path == null || path.isEmpty()) {
      throw Problems.unreadableUrl();
    }
    if (path.charAt(0) != '/') {
      throw nothing();
    }
    try {
      return RFC3986.normalizePath(path);
    } catch (IllegalArgumentException e) {
      throw Problems.unreadableUrl();
    }
  }

  private PathTree.Match<OperationHandler> find(HttpServerRequest request, String path) {
    try {
      return operations.find(request.method(), path);
    } catch (IllegalArgumentException e) {
      throw Problems.unreadableUrl();
    }
  }

  private Rejected unserved(HttpServerRequest request, String path) {
    var methods = operations.methods(path);
    if (methods.isEmpty()) {
      return nothing();
    }
    var allowed = String.join(", ", methods);
    request.response().putHeader(HttpHeaders.ALLOW, allowed);
    return new Rejected(ErrorCode.METHOD_NOT_ALLOWED, "This path takes " + allowed + " only");
  }

  private static Rejected nothing() {
    return new Rejected(ErrorCode.NOT_FOUND, "There is nothing at this path");
  }
}
