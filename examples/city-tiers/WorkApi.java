import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;

/**
 * Orderly's public HTTP API as one caller sees it. A request that got no answer, or a 503, is sent
 * again with the same idempotency key, so that it has the effect of one.
 */
final class WorkApi {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(75);
  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  /** An answer; {@code body} is a missing node if there was none. */
  record Reply(int status, JsonNode body) {
    boolean ok() {
      return status / 100 == 2;
    }

    /** The problem's code, or an empty string. */
    String code() {
      return body.path("code").asText();
    }

    /** The body, if the request succeeded. */
    JsonNode orThrow() {
      if (!ok()) {
        throw new IllegalStateException("The server answered " + status + ": " + body);
      }
      return body;
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI base;
  private final String token;
  private final String agent;
  private final Duration patience;

  /**
   * @param base the node's URL, such as {@code http://127.0.0.1:8080}
   * @param agent the agent to act as, or null
   * @param patience for how long a request is tried again while the server cannot be reached
   */
  WorkApi(URI base, String token, String agent, Duration patience) {
    this.base = base;
    this.token = token;
    this.agent = agent;
    this.patience = patience;
  }

  Reply get(String path) throws InterruptedException {
    return send("GET", path, null, Map.of());
  }

  Reply post(String path, ObjectNode body) throws InterruptedException {
    return send("POST", path, body, Map.of());
  }

  Reply post(String path, ObjectNode body, String idempotencyKey) throws InterruptedException {
    return send("POST", path, body, Map.of("Idempotency-Key", idempotencyKey));
  }

  /** Sends it until there is an answer other than 503, or the patience is at its end. */
  Reply send(String method, String path, ObjectNode body, Map<String, String> headers)
      throws InterruptedException {
    HttpRequest request = request(method, path, body, headers);
    long deadline = System.nanoTime() + patience.toNanos();
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      try {
        Reply reply = reply(http.send(request, BodyHandlers.ofByteArray()));
        if (reply.status() != 503 || System.nanoTime() > deadline) {
          return reply;
        }
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("No answer from " + base + ": " + e, e);
        }
      }
      Thread.sleep(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  private HttpRequest request(
      String method, String path, ObjectNode body, Map<String, String> headers) {
    var request =
        HttpRequest.newBuilder(base.resolve("/agent/work" + path))
            .timeout(ANSWER_WITHIN)
            .header("Authorization", "Bearer " + token)
            .header("Accept", "application/json");
    if (agent != null) {
      request.header("X-Agent-ID", agent);
    }
    headers.forEach(request::header);
    if (body == null) {
      return request.method(method, BodyPublishers.noBody()).build();
    }
    return request
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(body.toString()))
        .build();
  }

  private static Reply reply(HttpResponse<byte[]> response) throws IOException {
    byte[] body = response.body();
    boolean json =
        response.headers().firstValue("Content-Type").filter(t -> t.contains("json")).isPresent();
    return new Reply(
        response.statusCode(), json && body.length > 0 ? JSON.readTree(body) : JSON.missingNode());
  }
}
