package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Which of a node's connections its features are given. */
@Timeout(120)
class NodePoolsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final int COMMANDS = 2;

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();

  private Node node() throws Exception {
    var type =
        Files.writeString(
            directory.resolve("waiting.type.yaml"),
            """
            type: waiting
            payload: { type: object }
            submission: { schema: { type: object } }
            approval: { mode: auto }
            apply:
              sql:
                setup: [create table if not exists awaited (id int)]
                steps: [{ name: one, statement: insert into awaited values (1) }]
                diff: { before: { value: '{}' }, after: { value: '{}' } }
            """);
    return TestNode.start(
        db,
        directory,
        ", pool_size: %d, background_pool_size: %d".formatted(COMMANDS, COMMANDS + 3),
        """
        apply: { parallel_max: %d }
        types: { paths: ["%s"] }
        """
            .formatted(COMMANDS, type));
  }

  @Test
  void commandsAreAnsweredWhileAsManyAppliesWaitAsThereAreConnectionsForCommands()
      throws Exception {
    var node = node();
    var lock = db.begun();
    try {
      TestDatabase.await(lock.query("lock table public.awaited in share mode").execute());
      for (int i = 0; i < COMMANDS; i++) {
        var order = post(node, "/propose", "{\"type\":\"waiting\",\"payload\":{}}");
        var id = new JsonObject(order.body()).getJsonObject("order").getString("id");
        var taken = post(node, "/orders/" + id + "/checkout", "{}");
        var item = new JsonObject(taken.body()).getJsonObject("item").getString("id");
        assertThat(post(node, "/items/" + item + "/submit", "{\"result\":{}}").statusCode())
            .isEqualTo(202);
      }
      awaitWaiting(COMMANDS);

      assertThat(post(node, "/propose", "{\"type\":\"waiting\",\"payload\":{}}").statusCode())
          .isEqualTo(201);
    } finally {
      TestDatabase.await(lock.close());
      node.stop();
    }
  }

  private static void awaitWaiting(int applies) {
    long waiting;
    do {
      waiting =
          db.<Long>value(
              "select count(*) from pg_locks where relation = 'public.awaited'::regclass"
                  + " and not granted");
    } while (waiting < applies);
  }

  private HttpResponse<String> post(Node node, String path, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/agent/work" + path))
            .header("Authorization", "Bearer " + Files.readString(node.adminTokenFile()).strip())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }
}
