package dev.orderly.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An agent's WebSocket at one node, for what it is told there. */
final class Pushes implements WebSocket.Listener, AutoCloseable {
  private static final long ANSWER_SECONDS = 20;

  private final HttpClient http = HttpClient.newHttpClient();
  private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
  private final StringBuilder begun = new StringBuilder();
  private final WebSocket socket;

  Pushes(URI node, String token, String agent) {
    socket =
        http.newWebSocketBuilder()
            .connectTimeout(Duration.ofSeconds(ANSWER_SECONDS))
            .header("Authorization", "Bearer " + token)
            .header("X-Agent-ID", agent)
            .buildAsync(URI.create("ws" + node.toString().substring(4) + "/agent/work/ws"), this)
            .join();
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
    begun.append(part);
    if (last) {
      var frame = new JsonObject(begun.toString());
      begun.setLength(0);
      (frame.containsKey("event") ? events : answers).add(frame);
    }
    from.request(1);
    return null;
  }

  /** The result of an operation, which must be taken. */
  JsonObject ask(String op, JsonObject members) throws InterruptedException {
    var frame = new JsonObject().put("id", op).put("op", op).mergeIn(members);
    socket.sendText(frame.encode(), true).join();
    var answer = answers.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
    assertThat(answer).as("the answer to " + frame).isNotNull();
    assertThat(answer.getBoolean("ok")).as(answer.encode()).isTrue();
    return answer.getJsonObject("result");
  }

  /** The next event, or null if none comes within the time. */
  JsonObject event(Duration within) throws InterruptedException {
    return events.poll(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    socket.abort();
    http.close();
  }
}
