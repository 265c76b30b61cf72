package dev.orderly.torture;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** The API as an agent sees it, with what the ledger needs: when was asked, when was answered. */
final class Api implements AutoCloseable {
  static final int NO_ANSWER = -1;

  /**
   * @param status {@link #NO_ANSWER} if nobody knows what became of the request
   * @param sent monotonic nanoseconds, the same for every process of the machine, before it went
   * @param read the same, after the answer had been read
   */
  record Reply(int status, JsonObject body, long sent, long read) {
    boolean is(int wanted) {
      return status == wanted;
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final String token;
  private final Duration limit;

  /**
   * @param limit how long an answer may take
   */
  Api(String token, Duration limit) {
    this.token = token;
    this.limit = limit;
  }

  /**
   * @param agent null for the token's own
   * @param key the idempotency key, or null
   */
  Reply post(URI node, String path, String agent, String key, JsonObject body) {
    var request =
        request(node, path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.encode()));
    if (agent != null) {
      request.header("X-Agent-ID", agent);
    }
    if (key != null) {
      request.header("Idempotency-Key", key);
    }
    return send(request.build());
  }

  Reply get(URI node, String path) {
    return send(request(node, path).GET().build());
  }

  /** A WebSocket as that agent. */
  CompletableFuture<WebSocket> socket(URI node, String agent, WebSocket.Listener listener) {
    var at = URI.create("ws://%s/agent/work/ws".formatted(node.getAuthority()));
    return http.newWebSocketBuilder()
        .connectTimeout(limit)
        .header("Authorization", "Bearer " + token)
        .header("X-Agent-ID", agent)
        .buildAsync(at, listener);
  }

  /**
   * If we stand still between the two looks at the clocks, the time seems earlier, not later.
   *
   * @param time as the API writes it, or null for none
   * @return monotonic nanoseconds; 0 for none
   */
  static long monotonic(String time) {
    if (time == null) {
      return 0;
    }
    long now = System.nanoTime();
    return now + Duration.between(Instant.now(), Instant.parse(time)).toNanos();
  }

  private HttpRequest.Builder request(URI node, String path) {
    return HttpRequest.newBuilder(node.resolve("/agent/work" + path))
        .timeout(limit)
        .header("Authorization", "Bearer " + token);
  }

  private Reply send(HttpRequest request) {
    long sent = System.nanoTime();
    try {
      var response = http.send(request, BodyHandlers.ofString());
      var body = response.body().isBlank() ? new JsonObject() : new JsonObject(response.body());
      return new Reply(response.statusCode(), body, sent, System.nanoTime());
    } catch (IOException | io.vertx.core.json.DecodeException e) {
      return new Reply(NO_ANSWER, new JsonObject(), sent, System.nanoTime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Reply(NO_ANSWER, new JsonObject(), sent, System.nanoTime());
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
