package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.api.rest.Uploads.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.artifacts.RemoveUnused;
import dev.orderly.domain.Sha256;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TypeTexts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What submissions say of artifacts, and what types require, over HTTP. */
class EvidenceTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final String STRICT =
      """
      type: strict.type
      payload: { type: object }
      submission:
        schema: { type: object, required: [ok] }
      evidence:
        required:
          - { name: report, media_types: [text/*, application/pdf], max_bytes: 20 }
      apply:
        none: {}
      """;

  private static Uploads uploads;
  private static String agent;

  @BeforeAll
  static void start(@TempDir Path files) {
    uploads = new Uploads(db, LiveApi.artifacts(files.resolve("spool"), null));
    agent = uploads.token(Engine.TENANT, "agent");
    uploads.api.engine.type(TypeTexts.type(files, TypeTexts.LEAST));
    uploads.api.engine.type(TypeTexts.type(files, STRICT));
  }

  @AfterAll
  static void stop() {
    uploads.close();
  }

  private static LeasedItem leased(String type) {
    var order = Engine.orderId(uploads.api.engine.propose(type, new JsonObject(), 0, null));
    return uploads.api.engine.checkout("agent", order);
  }

  private static JsonObject submission(LeasedItem item, JsonObject... evidence) {
    var body =
        new JsonObject()
            .put("result", new JsonObject().put("ok", true))
            .put("lease_token", item.lease().token());
    return evidence.length == 0
        ? body
        : body.put("evidence", new JsonArray(Arrays.asList(evidence)));
  }

  private static HttpResponse<String> submit(LeasedItem item, JsonObject... evidence) {
    return uploads.api.post(
        agent,
        "/items/" + item.id() + "/submit",
        submission(item, evidence),
        "Idempotency-Key",
        UUID.randomUUID().toString());
  }

  private static String upload(String content, String mediaType) {
    var put = uploads.put(agent, text(content), "Content-Type", mediaType);
    assertThat(put.statusCode()).isIn(200, 201);
    return Sha256.hex(content);
  }

  private static JsonObject named(String name, String sha256) {
    return new JsonObject().put("name", name).put("sha256", sha256);
  }

  /** Each violation's pointer and code; nothing has changed. */
  private static List<String> refused(LeasedItem item, JsonObject... evidence) {
    var response = submit(item, evidence);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
    assertThat(json(response).getString("code")).isEqualTo("invalid");
    assertThat(json(response).getJsonArray("next_actions").encode()).contains("still yours");
    assertThat(uploads.api.engine.itemState(item.id())).isEqualTo("leased");
    assertThat(uses(item)).isEmpty();
    return errors(json(response));
  }

  private static List<String> errors(JsonObject problem) {
    return problem.getJsonArray("errors").stream()
        .map(JsonObject.class::cast)
        .map(error -> error.getString("pointer") + " " + error.getString("code"))
        .toList();
  }

  private static List<String> uses(LeasedItem item) {
    return db
        .rows("select sha256 from artifact_uses where item_id = $1 order by sha256", item.id())
        .stream()
        .map(row -> row.getString("sha256"))
        .toList();
  }

  @Test
  void takesAResultWithTheArtifactThatItsTypeRequires() {
    var item = leased("strict.type");
    var sha256 = upload("# done", "text/markdown");

    var response =
        submit(
            item,
            named("report", sha256.toUpperCase(java.util.Locale.ROOT))
                .put("bytes", 6)
                .put("media_type", "text/markdown; charset=utf-8")
                .put("page", 3));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    assertThat(uses(item)).containsExactly(sha256);
    var shown =
        json(uploads.api.get(agent, "/items/" + item.id()))
            .getJsonObject("item")
            .getJsonArray("evidence")
            .getJsonObject(0);
    assertThat(shown.getInteger("page")).isEqualTo(3);
    assertThat(uploads.get(agent, shown.getString("sha256")).body()).isEqualTo(text("# done"));
  }

  @Test
  void refusesAResultWithoutWhatItsTypeRequires() {
    var item = leased("strict.type");
    assertThat(refused(item)).containsExactly("/evidence evidence.missing");
    assertThat(refused(item, new JsonObject().put("name", "other")))
        .containsExactly("/evidence evidence.missing");
    assertThat(refused(item, new JsonObject().put("name", "report").put("url", "https://x")))
        .containsExactly("/evidence/0/sha256 evidence.missing");
    assertThat(uploads.api.engine.events("item_id", item.id())).contains("refused");
  }

  @Test
  void refusesWhatIsNotOfTheKindOrTheSizeThatIsRequired() {
    var item = leased("strict.type");
    var image = upload("not text", "image/png");
    var longText = upload("longer than twenty bytes", "text/plain");
    assertThat(refused(item, named("report", image)))
        .containsExactly("/evidence/0/sha256 evidence.media_type");
    assertThat(refused(item, named("x", image), named("report", longText)))
        .containsExactly("/evidence/1/sha256 evidence.too_large");
    assertThat(submit(item, named("report", upload("a pdf", "application/pdf"))).statusCode())
        .isEqualTo(202);
  }

  @Test
  void refusesArtifactsThatAreNotThere() {
    var unknown = Sha256.hex("never uploaded");
    assertThat(refused(leased("strict.type"), named("report", unknown)))
        .containsExactly("/evidence/0/sha256 evidence.unknown_artifact");
    // Whether the type asks for it or not.
    assertThat(refused(leased("least.type"), named("any", unknown)))
        .containsExactly("/evidence/0/sha256 evidence.unknown_artifact");
  }

  @Test
  void refusesArtifactsOfAnotherTenant() {
    var bytes = text("of another tenant");
    uploads.put(uploads.token("elsewhere", "stranger"), bytes, "Content-Type", "text/plain");
    assertThat(refused(leased("strict.type"), named("report", Sha256.hex(bytes))))
        .containsExactly("/evidence/0/sha256 evidence.unknown_artifact");
  }

  @Test
  void refusesEvidenceThatDisagreesWithItsArtifact() {
    var sha256 = upload("agreed", "text/plain");
    assertThat(
            refused(
                leased("least.type"),
                named("a", sha256).put("bytes", 7).put("media_type", "text/html")))
        .containsExactlyInAnyOrder(
            "/evidence/0/bytes evidence.bytes", "/evidence/0/media_type evidence.media_type");
  }

  @Test
  void checksTheDigestOfContentThatIsSentAlong() {
    var content = new JsonObject().put("content", "größer").put("bytes", 8);
    assertThat(refused(leased("least.type"), content.copy().put("sha256", Sha256.hex("other"))))
        .containsExactly("/evidence/0/sha256 evidence.digest_mismatch");
    assertThat(refused(leased("least.type"), content.copy().put("bytes", 6)))
        .containsExactly("/evidence/0/bytes evidence.bytes");
    var item = leased("least.type");
    assertThat(submit(item, content.put("sha256", Sha256.hex("größer"))).statusCode())
        .isEqualTo(202);
    assertThat(uses(item)).isEmpty();
  }

  @Test
  void recordsTheDigestOfWhatStandsElsewhere() {
    var elsewhere = named("export", Sha256.hex("elsewhere")).put("url", "https://example.com/x");
    assertThat(submit(leased("least.type"), elsewhere).statusCode()).isEqualTo(202);
  }

  @Test
  void refusesEvidenceOfTheWrongShape() {
    var item = leased("least.type");
    assertThat(errors(json(submit(item, new JsonObject().put("sha256", "abc")))))
        .containsExactly("/evidence/0/sha256 schema.pattern");
    var body = submission(item).put("evidence", new JsonArray().add("a text"));
    var response =
        uploads.api.post(agent, "/items/" + item.id() + "/submit", body, "Idempotency-Key", "s");
    assertThat(errors(json(response))).containsExactly("/evidence/0 schema.type");
    assertThat(uploads.api.engine.itemState(item.id())).isEqualTo("leased");
  }

  @Test
  void checksEachOfManyByItself() {
    var good = leased("strict.type");
    var bad = leased("strict.type");
    var none = leased("least.type");
    var sha256 = upload("batch", "text/plain");
    var entries = new JsonArray();
    entries.add(submission(good, named("report", sha256)).put("item_id", good.id().toString()));
    entries.add(submission(bad).put("item_id", bad.id().toString()));
    entries.add(submission(none).put("item_id", none.id().toString()));

    var results =
        json(uploads.api.post(
                agent,
                "/items/submit",
                new JsonObject().put("items", entries),
                "Idempotency-Key",
                "batch-1"))
            .getJsonArray("results");

    assertThat(results.getJsonObject(0).getInteger("status")).isEqualTo(202);
    assertThat(results.getJsonObject(1).getInteger("status")).isEqualTo(422);
    assertThat(errors(results.getJsonObject(1).getJsonObject("problem")))
        .containsExactly("/evidence evidence.missing");
    assertThat(results.getJsonObject(2).getInteger("status")).isEqualTo(202);
    assertThat(uses(good)).containsExactly(sha256);
  }

  @Test
  void keepsWhatASubmissionNamesAsLongAsItsOrder() {
    var item = leased("least.type");
    var sha256 = upload("kept", "text/plain");
    submit(item, named("a", sha256), named("again", sha256));
    db.execute(
        "update artifacts set touched_at = touched_at - interval '25 hours' where sha256 = $1",
        sha256);
    var remove =
        new RemoveUnused(
            db.vertx(),
            db.database().background(),
            Duration.ofHours(24),
            null,
            InstantSource.system());

    assertThat(db.run(remove::artifacts)).isZero();
    assertThat(uploads.get(agent, sha256).statusCode()).isEqualTo(200);
    // Nor does its label change under the reviewer's eyes.
    upload("kept", "text/html");
    assertThat(uploads.head(agent, sha256).headers().firstValue("content-type"))
        .hasValue("text/plain");

    db.execute("delete from work_orders where id = $1", item.orderId());
    db.execute(
        "update artifacts set touched_at = touched_at - interval '25 hours' where sha256 = $1",
        sha256);
    assertThat(db.run(remove::artifacts)).isEqualTo(1);
  }

  @Test
  void refusesAResultWhoseArtifactGoesAsItIsSubmitted() {
    var item = leased("strict.type");
    var sha256 = upload("going", "text/plain");
    var other = db.begun();
    TestDatabase.await(
        other.preparedQuery("delete from artifacts where sha256 = $1").execute(Tuple.of(sha256)));
    var submitted = CompletableFuture.supplyAsync(() -> submit(item, named("report", sha256)));
    while (db.<Long>value("select count(*) from pg_locks where not granted") == 0) {
      assertThat(submitted).isNotDone();
    }
    TestDatabase.await(other.query("commit").execute());
    TestDatabase.await(other.close());

    var response = submitted.join();
    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(errors(json(response))).containsExactly("/evidence evidence.unknown_artifact");
    assertThat(uploads.api.engine.itemState(item.id())).isEqualTo("leased");
    upload("going", "text/plain");
    assertThat(submit(item, named("report", sha256)).statusCode()).isEqualTo(202);
  }

  @Test
  void tellsWhatATypeRequires() {
    var required =
        new JsonObject()
            .put(
                "required",
                new JsonArray(
                    "[{\"name\":\"report\",\"media_types\":[\"text/*\",\"application/pdf\"],\"max_bytes\":20}]"));
    var type = json(uploads.api.get(agent, "/types/strict.type")).getJsonObject("type");
    assertThat(type.getJsonObject("evidence")).isEqualTo(required);
    assertThat(checkout("strict.type").getJsonObject("evidence")).isEqualTo(required);
    assertThat(checkout("least.type").containsKey("evidence")).isFalse();
  }

  private static JsonObject checkout(String type) {
    uploads.api.engine.propose(type, new JsonObject(), 0, null);
    return json(uploads.api.post(agent, "/checkout", new JsonObject().put("type", type)))
        .getJsonObject("item");
  }
}
