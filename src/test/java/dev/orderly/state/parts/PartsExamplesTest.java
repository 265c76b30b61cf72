package dev.orderly.state.parts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.declarative.TypeFiles;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The examples by the very commands that their READMEs tell. */
class PartsExamplesTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static PartsFixture parts;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    parts = new PartsFixture(db);
    var types =
        TypeFiles.load(
            List.of(Path.of("examples/customer-research"), Path.of("examples/content-fact-check")));
    new SqlSetup(db.pool(), Map.of()).run(List.copyOf(types));
    types.forEach(parts.api.engine::type);
    var second = Duration.ofSeconds(1);
    parts.api.engine.applying(
        new ApplyVerticle.Settings(1, second, Duration.ofSeconds(30), second, second));
  }

  @AfterAll
  static void stop() {
    parts.close();
  }

  /** What each command of a README's script printed. */
  private List<JsonObject> run(String example) throws IOException, InterruptedException {
    var readme = Files.readString(Path.of("examples", example, "README.md"));
    int begin = readme.indexOf("```sh\n") + 6;
    var script =
        readme
            .substring(begin, readme.indexOf("```", begin))
            .replace("http://127.0.0.1:8080", "http://127.0.0.1:" + parts.api.port());
    // Where the node of the README keeps its token.
    Files.createDirectories(directory.resolve("data"));
    Files.writeString(directory.resolve("data/admin.token"), readmeToken());
    var output = directory.resolve("output");
    var process =
        new ProcessBuilder("bash", "-eu", "-c", script)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    var lines = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(lines).isZero();
    return lines.lines().map(JsonObject::new).toList();
  }

  private static String readmeToken() {
    var body =
        new JsonObject()
            .put("name", "readme-" + UUID.randomUUID())
            .put("kind", "user")
            .put("scopes", new JsonArray().add("work.admin"))
            .put("agents", new JsonArray().add("agent-*"));
    var made = parts.send(parts.admin, "/tokens", body);
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return LiveApi.json(made).getString("secret");
  }

  private static void assertCompleted(JsonObject approved, String summary) {
    assertThat(approved.getJsonObject("order").getString("state"))
        .as(approved.encodePrettily())
        .isEqualTo("completed");
    assertThat(approved.getJsonObject("diff").getString("summary")).isEqualTo(summary);
  }

  @Test
  void customerResearch() throws Exception {
    var answers = run("customer-research");

    assertThat(answers).hasSize(11);
    assertThat(answers.get(2).getString("code")).isEqualTo("invalid");
    assertThat(answers.get(2).getJsonObject("part").getString("status")).isEqualTo("rejected");
    assertThat(answers.get(2).getJsonArray("errors").getJsonObject(0).getString("message"))
        .isEqualTo("This is about acme.test, not about acme.example");
    var next = answers.get(4).getJsonObject("item");
    assertThat(next.getJsonObject("parts_state").getJsonObject("firmographics").getString("status"))
        .isEqualTo("missing");
    assertThat(next.getJsonArray("parts_required"))
        .containsExactly("identity", "firmographics", "contacts");
    assertThat(answers.get(8).getJsonArray("data")).hasSize(6);
    assertCompleted(answers.getLast(), "Profile of acme.example with 2 contacts");
    assertThat(
            db.rows("select profile from public.customer_profiles where domain = 'acme.example'")
                .getFirst()
                .getJsonObject("profile"))
        .isEqualTo(
            new JsonObject(
                """
                {"identity": {"name": "Acme Ltd", "domain": "acme.example"},
                 "firmographics": {"industry": "anvils", "country": "NO", "employees": 120},
                 "contacts": [{"name": "Ada Byron", "role": "CTO"}, {"name": "Grace Hopper", "role": "CEO"}],
                 "news": [{"year": 2026, "headlines": ["Acme opens a plant"]}],
                 "confidence": 0.7}"""));
  }

  @Test
  void contentFactCheck() throws Exception {
    var answers = run("content-fact-check");

    assertThat(answers).hasSize(7);
    assertThat(answers.get(1).getJsonObject("part").getInteger("seq")).isEqualTo(1);
    assertThat(answers.get(2).getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("has_sources");
    assertThat(answers.get(3).getString("code")).isEqualTo("parts_missing");
    assertCompleted(answers.getLast(), "Checked 2 claims, 1 refuted");
    assertThat(db.rows("select claim, verdict from public.fact_checks order by claim"))
        .extracting(row -> row.getString("claim") + ": " + row.getString("verdict"))
        .containsExactly(
            "The Moon has no atmosphere to speak of: supported",
            "Water boils at 90 °C at sea level: refuted");
  }

  @Test
  void factsOfOneClaimAndOfManyItems() {
    var claims = new JsonArray().add("One").add("Two").add("Three");
    var order =
        parts.propose(
            "content.fact.check",
            new JsonObject()
                .put("content_id", "a")
                .put("claims", claims)
                .put("claims_per_item", 2));
    for (int i = 0; i < 2; i++) {
      var item = parts.checkout(parts.ann, order);
      int count = item.item().getJsonObject("input").getJsonArray("claims").size();
      assertThat(item.item().getJsonArray("parts_required")).hasSize(count);
      var verdict = new JsonObject().put("verdict", "unverifiable").put("confidence", 1);
      for (int n = 1; n <= count; n++) {
        PartsFixture.taken(parts.part(item, "claim-" + n, verdict));
      }
      PartsFixture.refused(parts.part(item, "claim-" + (count + 1), verdict), 422, "invalid");
      PartsFixture.taken(parts.finish(item, "strict"));
    }
    assertThat(parts.api.engine.orderState(order)).isEqualTo("submitted");
  }
}
