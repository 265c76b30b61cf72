package dev.orderly.applying.preview;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.applying.preview.Types.city;
import static dev.orderly.applying.preview.Types.row;
import static dev.orderly.applying.preview.Types.tier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.sql.Rehearsal;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.storage.Tx;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a change is going to be, told before it is approved; nothing is changed by it. */
@Timeout(60)
class PreviewTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Reviews reviews;

  @BeforeAll
  static void start() {
    reviews = new Reviews(db);
    reviews
        .type(Types.sql("own", "orderly", ""))
        .type(Types.sql("foreign", "crm", ""))
        .type(Types.webhook("dry", reviews.url(), true, ""))
        .type(Types.webhook("blind", reviews.url(), false, ""))
        .type(Types.with("none", "apply: { none: { summary: '\"all is well\"' } }"));
  }

  @AfterAll
  static void stop() {
    reviews.close();
  }

  @BeforeEach
  void clear() {
    reviews.clear();
  }

  @Test
  void runsTheStatementsAndLeavesNoTrace() {
    db.execute("insert into public.tiers values ('Graz', 'C')");
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    var before = db.row("select * from work_orders where id = $1", order);

    var preview = reviews.preview(order);

    assertThat(preview.getString("predicted_by")).isEqualTo("sql");
    assertThat(preview.getBoolean("hold_on_difference")).isFalse();
    var diff = preview.getJsonObject("diff");
    assertThat(diff.getJsonObject("before")).isEqualTo(row("Graz", "C"));
    assertThat(diff.getJsonObject("after")).isEqualTo(row("Graz", "B"));
    assertThat(diff.getJsonArray("changes").getJsonObject(0))
        .isEqualTo(
            new JsonObject().put("op", "replace").put("path", "/Graz/tier").put("value", "B"));
    assertThat(reviews.tiers()).containsExactly(city("Graz").put("tier", "C"));
    assertThat(db.row("select * from work_orders where id = $1", order)).isEqualTo(before);
    assertThat(db.rows("select * from order_predictions where order_id = $1", order)).isEmpty();
  }

  @Test
  void isWhatTheApprovedChangeThenIs() {
    var order = reviews.submitted("own", city("Linz"), tier("A"));
    var diff = reviews.preview(order).getJsonObject("diff");

    assertThat(reviews.complete(order).getJsonObject("diff")).isEqualTo(diff);
  }

  @Test
  void leavesNoTraceInAnotherDatabaseEither() {
    var order = reviews.submitted("foreign", city("Wels"), tier("A"));

    var diff = reviews.preview(order).getJsonObject("diff");

    assertThat(diff.getJsonObject("after")).isEqualTo(row("Wels", "A"));
    assertThat(TestDatabase.rows(reviews.crm, "select * from tiers where city = 'Wels'")).isEmpty();
    assertThat(
            TestDatabase.rows(reviews.crm, "select to_regclass('orderly_applied')::text as ledger"))
        .containsExactly(new JsonObject().put("ledger", null));
  }

  @Test
  void saysWhyTheChangeWouldFail() {
    var order = reviews.submitted("own", city("Graz"), new JsonObject());

    var refused = reviews.previewed(order);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(refused)).isEqualTo("prediction_failed");
    assertThat(json(refused).getString("detail")).contains("Step put failed", "null value");
    assertThat(reviews.state(order)).isEqualTo("submitted");
  }

  @Test
  void findsWhatOnlyTheCommitWouldCheck() {
    db.execute(
        """
        create table public.towns (name text primary key,
          capital text references public.towns deferrable initially deferred)
        """);
    reviews.type(
        Types.with(
            "deferred",
            """
            apply:
              sql:
                steps:
                  - { name: put, params: { a: order.payload.city }, statement: "insert into towns values (:a, 'nowhere')" }
                diff: { before: { value: "{}" }, after: { value: "{'n': 1}" } }
            """));
    var order = reviews.submitted("deferred", city("Enns"), new JsonObject());

    assertThat(json(reviews.previewed(order)).getString("detail")).contains("foreign key");
    assertThat(db.rows("select * from public.towns")).isEmpty();
  }

  @Test
  void waitsForNobodysLockForLong() {
    db.execute("insert into public.tiers values ('Melk', 'C')");
    var order = reviews.submitted("own", city("Melk"), tier("B"));
    var holder = TestDatabase.await(db.pool().getConnection());
    TestDatabase.await(holder.query("begin").execute());
    TestDatabase.await(
        holder.query("update public.tiers set tier = 'D' where city = 'Melk'").execute());

    var refused = reviews.previewed(order);
    TestDatabase.await(holder.query("rollback").execute());
    holder.close();

    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(Reviews.code(refused)).isEqualTo("unavailable");
    assertThat(json(refused).getString("detail")).contains("others hold");
    reviews.preview(order);
  }

  @Test
  void foretellsOnlySoManyChangesAtATime() {
    var order = reviews.submitted("dry", city("Melk"), tier("B"));
    var open = Promise.<Void>promise();
    reviews.gate = open.future();
    var first = CompletableFuture.supplyAsync(() -> reviews.previewed(order).statusCode());
    var second = CompletableFuture.supplyAsync(() -> reviews.previewed(order).statusCode());
    awaitCalls(2);

    var third = reviews.previewed(order);
    open.complete();

    assertThat(third.statusCode()).isEqualTo(503);
    assertThat(Reviews.code(third)).isEqualTo("overloaded");
    assertThat(third.headers().firstValue("Retry-After")).contains("1");
    assertThat(List.of(first.join(), second.join())).containsOnly(200);
    reviews.preview(order);
  }

  private static void awaitCalls(int calls) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (reviews.calls.size() < calls) {
      assertThat(System.nanoTime()).as("the target was asked").isLessThan(end);
    }
  }

  @Test
  void endsStatementsThatTogetherTakeTooLong() {
    var sleep = new ApplySpec.Sql.Step("sleep", "select pg_sleep(0.2)", Map.of());
    var spec =
        new ApplySpec.Sql(SqlSetup.OWN, List.of(), List.of(sleep, sleep, sleep), null, null, null);
    var order = TypeTexts.order("slow", new JsonObject());
    var rehearsal = new Rehearsal(new Tx(db.pool()), null);

    assertThatThrownBy(
            () ->
                db.run(
                    () ->
                        rehearsal.run(
                            spec,
                            new Approved(order, List.of(), Map.of()),
                            Duration.ofMillis(300))))
        .satisfiesAnyOf(
            e -> assertThat(e).hasMessageContaining("statement timeout"),
            e -> assertThat(e).hasMessageContaining("took longer than 300 ms"));
  }

  @Test
  void leavesNoLockThatARollbackWouldLeave() {
    reviews.type(
        Types.with(
            "locking",
            """
            apply:
              sql:
                steps: [{ name: lock, statement: select pg_advisory_lock(4711) }]
                diff: { before: { value: "{}" }, after: { value: "{'n': 1}" } }
            """));

    reviews.preview(reviews.submitted("locking", city("Enns"), new JsonObject()));

    assertThat(db.rows("select pid from pg_locks where locktype = 'advisory' and objid = 4711"))
        .isEmpty();
  }

  @Test
  void asksTheTargetForADryRunSignedLikeTheChange() {
    reviews.target = body -> new JsonObject("{\"before\": {\"n\": 1}, \"after\": {\"n\": 2}}");
    var order = reviews.submitted("dry", city("Graz"), tier("B"));

    var preview = reviews.preview(order);

    assertThat(preview.getString("predicted_by")).isEqualTo("webhook");
    assertThat(preview.getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("n", 2));
    var call = reviews.calls.getFirst();
    assertThat(call.dryRun()).isTrue();
    assertThat(call.body().getBoolean("dry_run")).isTrue();
    assertThat(call.body().getJsonArray("items").getJsonObject(0).getJsonObject("result"))
        .isEqualTo(tier("B"));
    assertThat(call.headers().get("webhook-signature")).startsWith("v1,");
    // A target that keeps answers by their keys must not take the change for made.
    assertThat(call.headers().get("Idempotency-Key")).doesNotContain(order.toString());
    assertThat(call.headers().contains("Orderly-Fence")).isFalse();
  }

  @Test
  void saysWhatATypeThatCannotTellWouldHaveToDeclare() {
    var order = reviews.submitted("blind", city("Graz"), tier("B"));

    var refused = reviews.previewed(order);

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(refused)).isEqualTo("not_predictable");
    assertThat(json(refused).getJsonArray("next_actions").encode()).contains("dry_run: true");
    assertThat(reviews.calls).isEmpty();
  }

  @Test
  void evaluatesAnExpression() {
    reviews.type(
        Types.with(
            "told",
            """
            apply:
              webhook: { url: "%s" }
              preview:
                before: '{}'
                after: '{ order.payload.city: items.result.tier }'
                summary: '"a tier for " & order.payload.city'
            """
                .formatted(reviews.url())));
    var order = reviews.submitted("told", city("Graz"), tier("B"));

    var preview = reviews.preview(order);

    assertThat(preview.getString("predicted_by")).isEqualTo("expression");
    var diff = preview.getJsonObject("diff");
    assertThat(diff.getJsonObject("after")).isEqualTo(new JsonObject().put("Graz", "B"));
    assertThat(diff.getString("summary")).isEqualTo("a tier for Graz");
    assertThat(reviews.calls).isEmpty();
  }

  @Test
  void givesTheSummaryOfAnOrderThatChangesNothing() {
    var preview = reviews.preview(reviews.submitted("none", city("Graz"), tier("B")));

    assertThat(preview.getString("predicted_by")).isEqualTo("none");
    assertThat(preview.getJsonObject("diff").getString("summary")).isEqualTo("all is well");
    assertThat(preview.getJsonObject("diff").getJsonArray("changes")).isEmpty();
  }

  @Test
  void asksATypesCodeAndRollsBackItsStatements() {
    reviews.engine.type(new JavaType("java", new Marking()));
    reviews.engine.type(new JavaType("silent", context -> Diffs.none("done")));
    var order = reviews.submitted("java", city("Steyr"), tier("B"));

    var preview = reviews.preview(order);

    assertThat(preview.getString("predicted_by")).isEqualTo("java");
    assertThat(preview.getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("rows", 1));
    assertThat(reviews.tiers()).isEmpty();
    var silent = reviews.submitted("silent", city("Steyr"), tier("B"));
    assertThat(Reviews.code(reviews.previewed(silent))).isEqualTo("not_predictable");
  }

  /** Foretells by making the change. */
  private static final class Marking implements JavaApply {
    @Override
    public Diff apply(Context context) {
      context.query(
          "insert into tiers values ($1, 'B')", context.order().payload().getString("city"));
      var rows = context.query("select city from tiers").size();
      return Diffs.of(new JsonObject(), new JsonObject().put("rows", rows), null);
    }

    @Override
    public Diff preview(Context context) {
      return apply(context);
    }
  }

  @Test
  void isRefusedBeforeAndAfterTheReview() {
    var proposed =
        reviews.post(
            reviews.proposer,
            "/propose",
            new JsonObject().put("type", "own").put("payload", city("Bruck")));
    var order = UUID.fromString(json(proposed).getJsonObject("order").getString("id"));

    var early = reviews.previewed(order);
    reviews.submit(order, tier("A"));
    reviews.complete(order);
    var late = reviews.previewed(order);

    assertThat(early.statusCode()).isEqualTo(409);
    assertThat(Reviews.code(early)).isEqualTo("state_conflict");
    assertThat(json(early).getJsonArray("next_actions").encode()).contains("every item");
    assertThat(Reviews.code(late)).isEqualTo("state_conflict");
    assertThat(json(late).getJsonArray("next_actions").encode()).contains("its diff");
  }

  @Test
  void isForThoseWhoMaySeeTheOrder() {
    var order = reviews.submitted("own", city("Graz"), tier("B"));
    var stranger = reviews.api.token("other", "stranger", List.of("work.view"), null).secret();
    var proposerOnly =
        reviews.api.token("default", "blind-proposer", List.of("work.propose"), null).secret();

    assertThat(reviews.api.get(stranger, "/orders/" + order + "/preview").statusCode())
        .isEqualTo(404);
    assertThat(reviews.api.get(proposerOnly, "/orders/" + order + "/preview").statusCode())
        .isEqualTo(403);
    var viewer = reviews.api.token("default", "viewer", List.of("work.view"), null).secret();
    assertThat(reviews.api.get(viewer, "/orders/" + order + "/preview").statusCode())
        .isEqualTo(200);
    assertThat(reviews.api.get(viewer, "/orders/" + order + "/preview?fresh=true").statusCode())
        .as("what may void approvals is for those who approve")
        .isEqualTo(403);
    assertThat(
            reviews
                .api
                .get(reviews.reviewer, "/orders/" + order + "/preview?fresh=maybe")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void namesWhatIsWrongWithADeclaration() {
    assertThat(
            Reviews.faults(
                Types.sql("a", "orderly", "approval: { hold_on_difference: true }\n")
                    + "  preview: { after: order }\n"))
        .singleElement()
        .asString()
        .contains("apply.preview: belongs to a webhook or none");
    assertThat(Reviews.faults(Types.webhook("a", "http://x.test/", false, Types.HOLD)))
        .singleElement()
        .asString()
        .startsWith("4:")
        .contains("approval.hold_on_difference: needs a change that can be foretold");
    assertThat(Reviews.faults(Types.with("a", Types.HOLD + "apply: { none: {} }")))
        .singleElement()
        .asString()
        .contains("needs a change that can be foretold");
    assertThat(
            Reviews.faults(
                Types.webhook("a", "http://x.test/", true, "") + "  preview: { after: '$.(' }\n"))
        .hasSize(2);
    assertThat(Reviews.faults(Types.sql("a", "orderly", "") + "revert: { mode: auto }\n"))
        .singleElement()
        .asString()
        .contains("revert: expected exactly one of webhook and sql, found none of them");
    assertThat(
            Reviews.faults(
                Types.with(
                    "a", "apply: { none: {} }\nrevert: { webhook: { url: 'http://x.test' } }")))
        .singleElement()
        .asString()
        .contains("changes nothing that could be undone");
  }
}
