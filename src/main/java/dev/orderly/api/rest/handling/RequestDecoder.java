package dev.orderly.api.rest.handling;

import dev.orderly.api.Callers;
import dev.orderly.api.IdempotencyKeys;
import dev.orderly.api.JsonReader;
import dev.orderly.api.rest.contract.OperationSpec;
import dev.orderly.api.rest.contract.QueryCheck;
import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Quoted;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.IdempotencyKey;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Holds one operation's requests against the contract. Throws {@link Rejected} throughout. */
public final class RequestDecoder {
  private static final List<String> KEY_HEADERS = List.of("Idempotency-Key", "X-Idempotency-Key");

  private final OperationSpec spec;
  private final QueryCheck queryCheck;
  private final boolean keyRequired;

  /**
   * @param enforceOn the operations that must carry an idempotency key
   */
  public RequestDecoder(OperationSpec spec, Set<String> enforceOn) {
    this.spec = spec;
    this.queryCheck = new QueryCheck(spec);
    this.keyRequired = spec.idempotency() != null && enforceOn.contains(spec.idempotency());
  }

  /** Whom the request comes from, if its token allows this operation and this agent. */
  Caller caller(HttpServerRequest request, Principal principal, String requestId) {
    if (spec.orScope() == null || !principal.may(spec.orScope())) {
      Callers.require(principal, spec.scope());
    }
    return Callers.of(request, principal, requestId);
  }

  /** Path and query, checked; answers the query's parameters. */
  List<Map.Entry<String, String>> parameters(Exchange exchange) {
    var query = query(exchange.request());
    queryCheck.check(query);
    spec.pathParameters()
        .forEach(
            (name, schema) -> {
              var wrong = schema.checkText(exchange.path().get(name));
              if (wrong != null) {
                throw invalid("path", "The path parameter %s: %s".formatted(name, wrong));
              }
            });
    return query;
  }

  private static List<Map.Entry<String, String>> query(HttpServerRequest request) {
    if (request.query() == null) {
      return List.of();
    }
    var query = new ArrayList<Map.Entry<String, String>>();
    try {
      new QueryStringDecoder(request.uri())
          .parameters()
          .forEach((name, values) -> values.forEach(value -> query.add(Map.entry(name, value))));
    } catch (IllegalArgumentException e) {
      throw Problems.unreadableUrl();
    }
    return query;
  }

  /** Before the body is read. */
  void checkMediaType(HttpServerRequest request) {
    if (!Bodies.present(request)) {
      return;
    }
    var encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new Rejected(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body must not be compressed or encoded");
    }
    var type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type == null) {
      throw unsupported("The body must be JSON, and its Content-Type is missing");
    }
    var parts = type.split(";");
    if (!parts[0].strip().equalsIgnoreCase(Reply.JSON)) {
      throw unsupported(
          "The body must be JSON, and its Content-Type is " + Quoted.of(parts[0].strip()));
    }
    for (int i = 1; i < parts.length; i++) {
      checkCharset(parts[i].strip());
    }
  }

  private static void checkCharset(String parameter) {
    var nameAndValue = parameter.replace("\"", "").split("=", 2);
    if (nameAndValue.length == 2
        && nameAndValue[0].strip().equalsIgnoreCase("charset")
        && !nameAndValue[1].strip().equalsIgnoreCase("utf-8")) {
      throw unsupported(
          "The body must be UTF-8, as all JSON is, and its Content-Type names the charset "
              + Quoted.of(nameAndValue[1].strip()));
    }
  }

  private static Rejected unsupported(String detail) {
    return new Rejected(
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        detail,
        List.of(),
        List.of("Send JSON in UTF-8 with the header Content-Type: application/json"));
  }

  public JsonObject body(Buffer raw) {
    if (raw.length() == 0) {
      if (spec.bodyRequired()) {
        throw Rejected.invalid(
            "A JSON body is required",
            List.of(new Violation("", "schema.required", "A JSON body is required")));
      }
      return new JsonObject();
    }
    var json = JsonReader.read(raw.getBytes());
    var violations = spec.body().check(json);
    if (!violations.isEmpty()) {
      throw Rejected.invalid("The body does not satisfy the contract of " + spec.id(), violations);
    }
    return (JsonObject) json;
  }

  /**
   * @return null if the operation takes no key or none was sent where none is required
   */
  IdempotencyKey key(Exchange exchange, Caller caller, Buffer raw) {
    if (spec.idempotency() == null) {
      return null;
    }
    var key = sentKey(exchange.request());
    if (key == null) {
      if (keyRequired) {
        throw IdempotencyKeys.required(
            "Send the header Idempotency-Key, and the same value when you retry");
      }
      return null;
    }
    var operation = new StringBuilder(spec.idempotency());
    spec.pathParameters()
        .keySet()
        .forEach(
            name ->
                operation.append(':').append(exchange.path().get(name).toLowerCase(Locale.ROOT)));
    return IdempotencyKeys.bind(caller, operation.toString(), key, raw.getBytes());
  }

  private static String sentKey(HttpServerRequest request) {
    String key = null;
    for (var header : KEY_HEADERS) {
      for (var sent : request.headers().getAll(header)) {
        if (key != null && !key.equals(sent)) {
          throw invalid("header", "The request carries two different idempotency keys");
        }
        key = sent;
      }
    }
    if (key != null && !IdempotencyKeys.isKey(key)) {
      throw invalid("header", "The idempotency key must be 1 to 255 printable ASCII characters");
    }
    return key;
  }

  private static Rejected invalid(String where, String message) {
    return Rejected.invalid(message, List.of(new Violation("", where + ".invalid", message)));
  }
}
