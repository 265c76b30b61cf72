package dev.orderly.api.rest;

import dev.orderly.api.ProblemJson;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.UUID;

/** Answers refusals and failures, as RFC 9457 problem documents. */
final class Problems {
  static final String CONTENT_TYPE = "application/problem+json";

  private final Bodies bodies;

  Problems(Bodies bodies) {
    this.bodies = bodies;
  }

  /** Answers with what went wrong, unless the answer has begun or its receiver is gone. */
  void answer(RoutingContext context, Throwable failure) {
    var rejected = rejected(context, failure);
    var response = context.response();
    if (response.headWritten() || response.closed()) {
      return;
    }
    var code = rejected.code();
    response.setStatusCode(code.status()).putHeader(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
    response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.putHeader("X-Content-Type-Options", "nosniff");
    if (code.status() == 503 || code.status() == 429) {
      response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(rejected.retryAfterSeconds()));
    }
    if (code == ErrorCode.UNAUTHENTICATED) {
      response.putHeader("WWW-Authenticate", challenge(context));
    }
    var request = context.request();
    boolean close =
        bodies.cutsOff(request)
            || response.headers().contains(HttpHeaders.CONNECTION, "close", true);
    if (close) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    var sent = response.end(ProblemJson.of(rejected).toBuffer());
    if (close) {
      sent.onComplete(done -> bodies.linger(request));
    } else {
      request.resume();
    }
  }

  private static String challenge(RoutingContext context) {
    return context.request().headers().contains(HttpHeaders.AUTHORIZATION)
        ? "Bearer realm=\"orderly\", error=\"invalid_token\""
        : "Bearer realm=\"orderly\"";
  }

  private static Rejected rejected(RoutingContext context, Throwable failure) {
    if (failure instanceof Rejected rejected) {
      return rejected;
    }
    if (failure instanceof HttpException http && http.getStatusCode() < 500) {
      return new Rejected(ErrorCode.MALFORMED_REQUEST, "The request's URL cannot be read");
    }
    var incident = UUID.randomUUID().toString();
    RequestTrace.of(context).failed(failure, incident);
    return ProblemJson.incident(incident);
  }
}
