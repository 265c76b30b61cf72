package dev.orderly.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The server's HTTP API, as the operator's commands need it. */
final class ApiClient {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_LIMIT)
          .build();
  private final String base;
  private final String token;

  /**
   * @param base the API's URL, without a slash at its end
   */
  ApiClient(String base, String token) {
    this.base = base;
    this.token = token;
  }

  /**
   * An answer that is no refusal.
   *
   * @param body a missing node if there is none
   */
  record Answer(int status, JsonNode body) {}

  Answer get(String path) {
    return send(request(path, Duration.ZERO).GET());
  }

  Answer delete(String path) {
    return send(request(path, Duration.ZERO).DELETE());
  }

  Answer post(String path, Object body) {
    return send(post(path, body, Duration.ZERO));
  }

  /**
   * As {@link #post(String, Object)}, for an answer that is worth waiting for.
   *
   * @param wait how long the server may wait before it answers that the work goes on
   */
  Answer post(String path, Object body, int waitSeconds) {
    return send(
        post(path, body, Duration.ofSeconds(waitSeconds)).header("Prefer", "wait=" + waitSeconds));
  }

  private HttpRequest.Builder post(String path, Object body, Duration wait) {
    try {
      return request(path, wait)
          .header("Content-Type", "application/json")
          // Each run of a command is an intent of its own.
          .header("Idempotency-Key", UUID.randomUUID().toString())
          .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a command's own body is not JSON", e);
    }
  }

  private HttpRequest.Builder request(String path, Duration wait) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .timeout(ANSWER_LIMIT.plus(wait))
        .header("Authorization", "Bearer " + token)
        .header("Accept", "application/json, application/problem+json");
  }

  private Answer send(HttpRequest.Builder builder) {
    var request = builder.build();
    try {
      var response = http.send(request, BodyHandlers.ofString());
      int status = response.statusCode();
      var body = body(response);
      if (status >= 200 && status < 300 && body != null) {
        return new Answer(status, body);
      }
      if (body != null && body.path("code").asText().equals("unauthenticated")) {
        throw new CommandFailedException(
            Exit.REFUSED,
            "orderly: the server at %s does not take the token of --token-file; it may be another server's, or ended"
                .formatted(base));
      }
      if (body != null && body.path("code").isTextual()) {
        throw new CommandFailedException(Exit.REFUSED, refusal(body));
      }
      throw new CommandFailedException(
          Exit.UNREACHABLE,
          "orderly: what answers at %s is no Orderly (HTTP %d)".formatted(base, status));
    } catch (IOException e) {
      var reason = e.getMessage() == null ? "the connection failed" : e.getMessage();
      throw new CommandFailedException(
          Exit.UNREACHABLE, "orderly: no server answers at %s: %s".formatted(base, reason));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailedException(Exit.UNREACHABLE, "orderly: interrupted");
    }
  }

  /** The body as JSON; missing if it is empty, null if it is none. */
  private static JsonNode body(HttpResponse<String> response) {
    try {
      return response.body().isEmpty() ? MissingNode.getInstance() : JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static List<String> refusal(JsonNode problem) {
    var lines = new ArrayList<String>();
    var title = problem.path("title").asText("Refused");
    var detail = problem.path("detail").asText("");
    lines.add(
        "orderly: %s%s (%s)"
            .formatted(
                title, detail.isEmpty() ? "" : ": " + detail, problem.path("code").asText()));
    for (var error : problem.path("errors")) {
      if (detail.contains(error.path("message").asText())) {
        continue;
      }
      var pointer = error.path("pointer").asText("");
      lines.add(
          "  %s: %s (%s)"
              .formatted(
                  pointer.isEmpty() ? "the whole" : pointer,
                  error.path("message").asText(),
                  error.path("code").asText()));
    }
    for (var action : problem.path("next_actions")) {
      lines.add("  next: " + action.asText());
    }
    return lines;
  }
}
