package dev.orderly.api.rest.handling;

import dev.orderly.api.Authenticator;
import dev.orderly.api.rest.contract.OperationSpec;
import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.Map;

/**
 * Takes one operation's requests through the same steps: who, may they, is it well formed, do it,
 * answer. Nothing of a body is read before its sender is known.
 */
public final class OperationHandler {
  private final OperationSpec spec;
  private final RequestDecoder decoder;
  private final Authenticator authenticator;
  private final Bodies bodies;
  private final Problems problems;
  private final Endpoint endpoint;

  public OperationHandler(
      OperationSpec spec,
      RequestDecoder decoder,
      Authenticator authenticator,
      Bodies bodies,
      Problems problems,
      Endpoint endpoint) {
    this.spec = spec;
    this.decoder = decoder;
    this.authenticator = authenticator;
    this.bodies = bodies;
    this.problems = problems;
    this.endpoint = endpoint;
  }

  void handle(Exchange exchange) {
    exchange.trace().matched(spec.id(), exchange.path());
    Future<Reply> reply;
    try {
      reply = spec.scope() == null ? open(exchange) : guarded(exchange);
    } catch (RuntimeException e) {
      reply = Future.failedFuture(e);
    }
    reply.onComplete(
        answer -> send(exchange, answer), failure -> problems.answer(exchange, failure));
  }

  private Future<Reply> open(Exchange exchange) {
    exchange.request().resume();
    var query = decoder.parameters(exchange);
    return endpoint.handle(new Call(exchange, null, null, query, null, null));
  }

  private Future<Reply> guarded(Exchange exchange) {
    var request = exchange.request();
    var principal = authenticator.authenticate(request.getHeader(HttpHeaders.AUTHORIZATION));
    if (!principal.isComplete()) {
      request.pause();
    }
    return principal.compose(found -> authenticated(exchange, found));
  }

  private Future<Reply> authenticated(Exchange exchange, Principal principal) {
    var request = exchange.request();
    var trace = exchange.trace();
    var caller = decoder.caller(request, principal, trace.requestId());
    trace.agent(caller.agentId());
    var query = decoder.parameters(exchange);
    if (spec.stream()) {
      // Nothing of the body may pass before somebody reads it.
      request.pause();
      return endpoint.handle(new Call(exchange, principal, caller, query, null, null));
    }
    if (spec.body() == null) {
      // Once its end was seen, a request can no longer become a WebSocket.
      if (!spec.upgrade()) {
        request.resume();
      }
      return endpoint.handle(new Call(exchange, principal, caller, query, null, null));
    }
    decoder.checkMediaType(request);
    return bodies
        .read(request)
        .compose(raw -> endpoint.handle(call(exchange, principal, caller, query, raw)));
  }

  private Call call(
      Exchange exchange,
      Principal principal,
      Caller caller,
      List<Map.Entry<String, String>> query,
      Buffer raw) {
    var body = decoder.body(raw);
    var key = decoder.key(exchange, caller, raw);
    return new Call(exchange, principal, caller, query, body, key);
  }

  private void send(Exchange exchange, Reply reply) {
    var response = exchange.response();
    if (reply == Reply.UPGRADED || reply == Reply.SENT || response.ended() || response.closed()) {
      return;
    }
    response.setStatusCode(reply.status());
    if (reply.contentType() != null) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, reply.contentType());
    }
    response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.putHeader("X-Content-Type-Options", "nosniff");
    reply.headers().forEach(response::putHeader);
    var sent = response.end(reply.body());
    if (spec.stream() && response.headers().contains(HttpHeaders.CONNECTION, "close", true)) {
      // The body that nobody wants may still come.
      sent.onComplete(done -> bodies.linger(exchange.request()));
    }
  }
}
