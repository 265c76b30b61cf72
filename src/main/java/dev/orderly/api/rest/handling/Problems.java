package dev.orderly.api.rest.handling;

import dev.orderly.api.ProblemJson;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.http.HttpHeaders;
import java.util.UUID;

/** Answers refusals and failures, as RFC 9457 problem documents. */
public final class Problems {
  public static final String CONTENT_TYPE = "application/problem+json";

  private final Bodies bodies;

  public Problems(Bodies bodies) {
    this.bodies = bodies;
  }

  /** Answers with what went wrong, unless the answer has begun or its receiver is gone. */
  void answer(Exchange exchange, Throwable failure) {
    var rejected = rejected(exchange, failure);
    var response = exchange.response();
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
      response.putHeader("WWW-Authenticate", challenge(exchange));
    }
    var request = exchange.request();
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

  static Rejected unreadableUrl() {
    return new Rejected(ErrorCode.MALFORMED_REQUEST, "The request's URL cannot be read");
  }

  private static String challenge(Exchange exchange) {
    return exchange.request().headers().contains(HttpHeaders.AUTHORIZATION)
        ? "Bearer realm=\"orderly\", error=\"invalid_token\""
        : "Bearer realm=\"orderly\"";
  }

  private static Rejected rejected(Exchange exchange, Throwable failure) {
    if (failure instanceof Rejected rejected) {
      return rejected;
    }
    var incident = UUID.randomUUID().toString();
    exchange.trace().failed(failure, incident);
    return ProblemJson.incident(incident);
  }
}
