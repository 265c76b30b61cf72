package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How a node ends when it is asked to. */
@Timeout(120)
class NodeStopTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir static Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final CompletableFuture<HttpServerResponse> asked = new CompletableFuture<>();

  private Node node(int webhookPort) throws IOException {
    return node(webhookPort, 0);
  }

  private Node node(int webhookPort, int drainSeconds) throws IOException {
    var type =
        Files.writeString(
            directory.resolve("told.type.yaml"),
            """
            type: told
            payload: { type: object }
            submission: { schema: { type: object } }
            approval: { mode: auto }
            apply:
              webhook: { url: 'http://127.0.0.1:%d/' }
            """
                .formatted(webhookPort));
    return TestNode.start(
        db,
        directory,
        "",
        "types: { paths: [\"%s\"] }".formatted(type),
        Map.of("ORDERLY_API_DRAIN_SECONDS", "" + drainSeconds));
  }

  private static HttpRequest request(Node node, String path, JsonObject body) throws Exception {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:%d/agent/work%s".formatted(node.port(), path)))
        .header("Authorization", "Bearer " + Files.readString(node.adminTokenFile()).strip())
        .header("Content-Type", "application/json")
        .header("X-Agent-ID", "agent-1")
        .header("Idempotency-Key", UUID.randomUUID().toString())
        .POST(BodyPublishers.ofString(body.encode()))
        .build();
  }

  private JsonObject post(Node node, String path, JsonObject body) throws Exception {
    var answer = http.send(request(node, path, body), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
    return new JsonObject(answer.body());
  }

  /** Until the node takes no connections any more. */
  private void awaitDeaf(Node node) throws Exception {
    while (true) {
      try {
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d/health".formatted(node.port())))
                    .build(),
                BodyHandlers.discarding());
      } catch (IOException e) {
        return;
      }
    }
  }

  @Test
  void finishesTheApplyThatIsUnderWay() throws Exception {
    var target =
        TestDatabase.await(
            db.vertx()
                .createHttpServer()
                .requestHandler(request -> asked.complete(request.response()))
                .listen(0, "127.0.0.1"));
    var node = node(target.actualPort());
    var order =
        post(
                node,
                "/propose",
                new JsonObject().put("type", "told").put("payload", new JsonObject()))
            .getJsonObject("order")
            .getString("id");
    var item = post(node, "/checkout", new JsonObject()).getJsonObject("item").getString("id");
    post(
        node, "/items/%s/submit".formatted(item), new JsonObject().put("result", new JsonObject()));
    var response = asked.get(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS);

    var stopped = CompletableFuture.runAsync(node::stop);
    awaitDeaf(node);
    response.end("{\"before\": {}, \"after\": {}, \"summary\": \"told\"}");
    stopped.get(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS);

    assertThat(db.row("select state from work_orders where id = $1", UUID.fromString(order)))
        .isEqualTo(new JsonObject().put("state", "completed"));
  }

  @Test
  void servesOnWhileItSaysThatItIsNotReady() throws Exception {
    var node = node(1, 300);
    try {
      assertThat(health(node)).isEqualTo("200 up");
      var draining = Thread.ofVirtual().start(node::drain);
      while (health(node).equals("200 up")) {
        Thread.onSpinWait();
      }
      assertThat(health(node)).isEqualTo("503 draining");
      assertThat(
              http.send(
                      request(node, "/checkout", new JsonObject().put("type", "none")),
                      BodyHandlers.ofString())
                  .body())
          .contains("no_items_available");
      draining.interrupt();
      draining.join();
    } finally {
      node.stop();
    }
  }

  private String health(Node node) throws Exception {
    var answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:%d/health/ready".formatted(node.port())))
                .build(),
            BodyHandlers.ofString());
    return answer.statusCode() + " " + new JsonObject(answer.body()).getString("status");
  }

  @Test
  void answersThoseWhoWaitForWork() throws Exception {
    var node = node(1);
    var waits = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 5; i++) {
      waits.add(
          http.sendAsync(
              request(node, "/checkout", new JsonObject().put("type", "told").put("wait", 60)),
              BodyHandlers.ofString()));
    }
    // Those before it have reached the node by then.
    assertThat(
            http.send(
                    request(node, "/checkout", new JsonObject().put("type", "told")),
                    BodyHandlers.ofString())
                .statusCode())
        .isEqualTo(409);

    node.stop();

    for (var wait : waits) {
      var answer = wait.get(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertThat(new JsonObject(answer.body()).getString("code"))
          .isIn("no_items_available", "unavailable");
    }
  }
}
