package dev.orderly.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/** An HTTP server that gives prepared answers in turn and keeps what it was asked. */
final class RecordingApi implements AutoCloseable {
  /** What came in; headers as they were sent, or null. */
  record Asked(
      String method,
      String target,
      String authorization,
      String idempotencyKey,
      String prefer,
      String body) {}

  private record Prepared(int status, String mediaType, String body) {}

  private final HttpServer server;
  private final Deque<Prepared> answers = new ArrayDeque<>();
  private final List<Asked> asked = Collections.synchronizedList(new ArrayList<>());

  RecordingApi() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  RecordingApi answer(int status, String json) {
    return answer(status, status < 400 ? "application/json" : "application/problem+json", json);
  }

  synchronized RecordingApi answer(int status, String mediaType, String body) {
    answers.add(new Prepared(status, mediaType, body));
    return this;
  }

  /** The only request. */
  Asked asked() {
    if (asked.size() != 1) {
      throw new AssertionError("expected one request, got " + asked);
    }
    return asked.getFirst();
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      var headers = exchange.getRequestHeaders();
      asked.add(
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              headers.getFirst("Authorization"),
              headers.getFirst("Idempotency-Key"),
              headers.getFirst("Prefer"),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
      var answer = answers.remove();
      var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.mediaType());
      exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
