package dev.orderly.api.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TypeTexts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Evidence over the WebSocket is held against the same rules. */
class SocketEvidenceTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @Test
  void refusesAResultWithoutTheEvidenceThatItsTypeRequires(@TempDir Path directory) {
    try (var api = new LiveApi(db, LiveApi.settings());
        var agent = Agent.connect(db.vertx(), api, api.agent("agent"))) {
      api.engine.type(
          TypeTexts.type(directory, TypeTexts.LEAST + "evidence: { required: [{ name: log }] }"));
      api.engine.propose("least.type", new JsonObject(), 0, null);
      var item = Agent.items(agent.result("checkout", Agent.types("least.type"))).getFirst();
      assertThat(item.getJsonObject("evidence").getJsonArray("required")).hasSize(1);
      var submission =
          Agent.named(item)
              .put("result", new JsonObject())
              .put("idempotency_key", "one")
              .put("evidence", new JsonArray().add(new JsonObject().put("name", "log")));

      var problem = agent.problem("submit", submission);

      assertThat(problem.getString("code")).isEqualTo("invalid");
      var error = problem.getJsonArray("errors").getJsonObject(0);
      assertThat(error.getString("code")).isEqualTo("evidence.missing");
      assertThat(error.getString("pointer")).isEqualTo("/evidence/0/sha256");
    }
  }
}
