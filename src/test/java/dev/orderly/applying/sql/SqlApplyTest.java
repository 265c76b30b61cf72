package dev.orderly.applying.sql;

import static dev.orderly.applying.ApplyFixture.computed;
import static dev.orderly.applying.ApplyFixture.results;
import static dev.orderly.applying.ApplyFixture.sql;
import static dev.orderly.applying.ApplyFixture.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Sql.Snapshot;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class SqlApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final String UPSERT =
      """
      insert into cities (id, tier, source)
      select r.id, r.tier, :source from jsonb_to_recordset(:rows) as r(id int, tier text)
      on conflict (id) do update set tier = excluded.tier
      """;

  private ApplyFixture apply;

  @BeforeEach
  void createTables() {
    apply = new ApplyFixture(db);
    db.execute("create table public.cities (id int primary key, tier text not null, source text)");
    db.execute("create table public.marks (order_id text)");
    db.execute("create sequence public.calls");
    db.execute(
        """
        create function public.busy(until int) returns void language plpgsql as $$
        begin
          if nextval('calls') <= until then
            raise exception 'the table is busy' using errcode = '55P03';
          end if;
        end $$
        """);
  }

  @AfterEach
  void dropTables() {
    apply.stopNodes();
    db.execute("drop function public.busy");
    db.execute("drop sequence public.calls");
    db.execute("drop table public.cities, public.marks");
    db.execute("delete from work_orders");
  }

  private static ApplySpec.Sql cities() {
    var rows = new Snapshot.Query("select id, tier from cities order by id;", Map.of(), "id");
    return sql(
        rows,
        rows,
        computed(
            doc ->
                "%d cities written"
                    .formatted(
                        doc.getJsonObject("steps").getJsonObject("cities").getInteger("rows"))),
        step(
            "cities",
            UPSERT,
            Map.of(
                "rows", results(),
                "source",
                    computed(
                        doc ->
                            doc.getJsonObject("order")
                                .getJsonObject("payload")
                                .getValue("source")))));
  }

  /** Writes one row for each time it runs. */
  private static ApplySpec.Sql mark() {
    return sql(
        SqlSetup.OWN,
        step(
            "mark",
            "insert into marks values (:id)",
            Map.of("id", computed(doc -> doc.getJsonObject("order").getString("id")))));
  }

  private static ApplySpec.Sql statement(String sql) {
    return sql(SqlSetup.OWN, step("only", sql, Map.of()));
  }

  private static JsonObject city(int id, String tier) {
    return new JsonObject().put("id", id).put("tier", tier);
  }

  private UUID markOrder() {
    apply.type("mark", mark());
    return OrderRows.approved(db, "mark", 3, new JsonObject(), new JsonObject());
  }

  private long marks() {
    return db.<Long>value("select count(*) from public.marks");
  }

  @Test
  void makesTheChangeAndRecordsItsDiffItemsAndEvents() {
    db.execute("insert into public.cities values (1, 'small', 'old')");
    apply.type("cities", cities());
    var order =
        OrderRows.approved(
            db,
            "cities",
            3,
            new JsonObject().put("source", "census"),
            city(1, "large"),
            city(2, "small"));

    apply.settle(order);

    assertThat(db.rows("select * from public.cities order by id"))
        .containsExactly(
            city(1, "large").put("source", "old"), city(2, "small").put("source", "census"));
    var row = apply.order(order);
    assertThat(row.getString("state")).isEqualTo("completed");
    assertThat(row.getValue("apply_owner")).isNull();
    assertThat(row.getValue("completed_at")).isNotNull();
    var diff = row.getJsonObject("diff");
    assertThat(diff.getString("summary")).isEqualTo("2 cities written");
    assertThat(diff.getJsonObject("before")).isEqualTo(new JsonObject().put("1", city(1, "small")));
    assertThat(diff.getJsonObject("after"))
        .isEqualTo(new JsonObject().put("1", city(1, "large")).put("2", city(2, "small")));
    assertThat(diff.getJsonArray("changes").stream().map(JsonObject.class::cast))
        .extracting(change -> change.getString("op") + " " + change.getString("path"))
        .containsExactlyInAnyOrder("replace /1/tier", "add /2");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("completed", "completed");
    OrderRows.assertCounted(db, order);
    assertThat(OrderRows.events(db, order))
        .containsExactly("apply_started", "applied", "completed 0", "completed 1", "completed");
    var applied =
        db.row(
            "select diff, message from work_events where order_id = $1 and event = 'applied'",
            order);
    assertThat(applied.getJsonObject("diff")).isEqualTo(diff);
    assertThat(applied.getString("message")).isEqualTo("2 cities written");
    assertThat(apply.payloads(order, "apply_started"))
        .containsExactly(new JsonObject().put("attempt", 1).put("fence", 1).put("node", "node-1"));
  }

  @Test
  void bindsALoneRowAsAList() {
    var lone = computed(doc -> doc.getJsonArray("items").getJsonObject(0).getJsonObject("result"));
    apply.type(
        "cities",
        sql(
            SqlSetup.OWN,
            step("cities", UPSERT, Map.of("rows", lone, "source", computed(d -> null)))));
    var order = OrderRows.approved(db, "cities", 3, new JsonObject(), city(5, "large"));

    apply.settle(order);

    assertThat(db.rows("select id, source from public.cities"))
        .containsExactly(new JsonObject().put("id", 5).put("source", null));
  }

  @Test
  void takesValuesForTheDiffFromExpressions() {
    apply.type(
        "values",
        sql(
            new Snapshot.Value(computed(doc -> new JsonArray())),
            new Snapshot.Value(computed(doc -> new JsonArray().add(doc.getJsonObject("steps")))),
            null,
            step("only", "insert into marks values ('a'), ('b')", Map.of())));
    var order = OrderRows.approved(db, "values", 3, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.order(order).getJsonObject("diff").getJsonArray("after"))
        .isEqualTo(
            new JsonArray().add(new JsonObject().put("only", new JsonObject().put("rows", 2))));
  }

  @Test
  void hidesOrderlysOwnTablesFromAType() {
    apply.type("own", statement("delete from work_orders"));
    var order = OrderRows.approved(db, "own", 3, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo("Step only failed: relation \"work_orders\" does not exist (SQLSTATE 42P01)");
  }

  @Test
  void failsAtOnceAndChangesNothingWhenTheDataIsRefused() {
    apply.type(
        "twice",
        sql(
            SqlSetup.OWN,
            step("first", "insert into marks values ('x')", Map.of()),
            step("second", "insert into cities (id, tier) values (1, null)", Map.of())));
    var order = OrderRows.approved(db, "twice", 3, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(marks()).isZero();
    var row = apply.order(order);
    assertThat(row.getString("state")).isEqualTo("failed");
    assertThat(row.getValue("apply_next_at")).isNull();
    assertThat(row.getJsonObject("error").getString("code")).isEqualTo("apply_failed");
    assertThat(row.getJsonObject("error").getString("message"))
        .contains("Step second failed")
        .contains("\"tier\"")
        .contains("23502");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("accepted");
    assertThat(OrderRows.events(db, order))
        .containsExactly("apply_started", "apply_failed", "failed");
  }

  @Test
  void failsAtOnceWhenAnExpressionFails() {
    apply.type(
        "broken",
        sql(
            SqlSetup.OWN,
            step(
                "only",
                "insert into marks values (:x)",
                Map.of(
                    "x",
                    computed(
                        doc -> {
                          throw new TypeFailure("x is not a number", null);
                        })))));
    var order = OrderRows.approved(db, "broken", 3, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo("x is not a number");
  }

  @Test
  void triesAgainWhenTheDatabaseWasBusy() {
    apply.type("busy", statement("select busy(2)"));
    var order = OrderRows.approved(db, "busy", 3, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(OrderRows.events(db, order))
        .containsExactly(
            "apply_started",
            "apply_failed",
            "apply_started",
            "apply_failed",
            "apply_started",
            "applied",
            "completed 0",
            "completed");
    assertThat(apply.payloads(order, "apply_failed"))
        .allSatisfy(payload -> assertThat(payload.getString("next_at")).isNotNull());
  }

  @Test
  void failsTheOrderWhenItsTriesAreSpent() {
    apply.type("busy", statement("select busy(100)"));
    var order = OrderRows.approved(db, "busy", 2, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(apply.payloads(order, "apply_failed"))
        .extracting(payload -> payload.getInteger("attempt"))
        .containsExactly(1, 2);
    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .isEqualTo("Step only failed: the table is busy (SQLSTATE 55P03)");
  }

  @Test
  void triesAgainLaterWhenItsTypeIsNotInstalledHere() {
    var order = OrderRows.approved(db, "elsewhere", 2, new JsonObject(), new JsonObject());

    apply.settle(order);

    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .contains("Order type elsewhere, version 1-test, is not installed");
    assertThat(apply.payloads(order, "apply_failed")).hasSize(2);
  }

  @Test
  void appliesEachOrderOnceWhileTwoNodesCompete() {
    apply.type("mark", mark());
    var orders = new ArrayList<UUID>();
    for (int i = 0; i < 60; i++) {
      orders.add(OrderRows.approved(db, "mark", 3, new JsonObject(), new JsonObject()));
    }

    apply.node("node-1", ApplyFixture.QUICK, 2);
    apply.node("node-2", ApplyFixture.QUICK, 2);
    var left = new ArrayList<>(orders);
    while (!left.isEmpty()) {
      apply.wake(left.getFirst());
      left.removeIf(order -> apply.state(order).equals("completed"));
    }

    assertThat(
            db.rows(
                "select order_id, count(*) as n from public.marks group by 1 having count(*) > 1"))
        .isEmpty();
    assertThat(marks()).isEqualTo(60);
    assertThat(orders)
        .allSatisfy(order -> assertThat(apply.payloads(order, "apply_started")).hasSize(1));
  }

  @Test
  void takesAWokenOrderWithoutWaitingForThePoll() {
    var settings =
        new ApplyVerticle.Settings(
            1,
            Duration.ofHours(1),
            ApplyFixture.QUICK.lease(),
            ApplyFixture.QUICK.backoff(),
            ApplyFixture.QUICK.maxBackoff());
    apply.node("node-1", settings, 1);
    var order = markOrder();

    apply.wake(order);

    apply.awaitSettled(order);
    assertThat(marks()).isEqualTo(1);
  }

  @Test
  void leavesAnOrderAloneWhileItsClaimLives() {
    markOrder();
    apply.claim("node-1");

    assertThat(db.run(() -> apply.claims("node-2").take(5))).isEmpty();
  }

  @Test
  void leavesAnOrderAloneUntilItsNextTryIsDue() {
    var order = markOrder();
    db.execute(
        "update work_orders set apply_next_at = now() + interval '1 hour' where id = $1", order);

    assertThat(db.run(() -> apply.claims("node-1").take(5))).isEmpty();
  }

  @Test
  void changesNothingUnderAClaimThatAnotherTookOver() {
    var order = markOrder();
    var old = apply.claim("node-1");
    apply.lapse(order);
    var current = apply.claim("node-2");
    var applier = new SqlApplier(new Tx(db.pool()));

    assertThat(current.fence()).isGreaterThan(old.fence());
    assertThatThrownBy(() -> db.run(() -> run(applier, old))).isInstanceOf(ClaimLost.class);
    assertThatThrownBy(
            () -> db.run(() -> apply.failures().record(old, ApplyFailed.forGood("too late"))))
        .isInstanceOf(ClaimLost.class);
    assertThat(marks()).isZero();
    assertThat(OrderRows.events(db, order)).containsExactly("apply_started", "apply_started");

    db.run(() -> run(applier, current));
    assertThat(marks()).isEqualTo(1);
    assertThat(apply.state(order)).isEqualTo("completed");
    assertThatThrownBy(() -> db.run(() -> run(applier, old))).isInstanceOf(ClaimLost.class);
    assertThat(marks()).isEqualTo(1);
  }

  private Void run(SqlApplier applier, Claim claim) {
    applier.apply(claim, mark(), Expected.ANYTHING);
    return null;
  }

  @Test
  void extendsOnlyTheClaimThatHoldsTheOrder() {
    var order = markOrder();
    var old = apply.claim("node-1");
    apply.lapse(order);
    TestDatabase.await(apply.claims("node-1").extend(old));
    assertThat(db.run(() -> apply.claims("node-2").take(1))).isEmpty();

    apply.lapse(order);
    apply.claim("node-2");
    apply.lapse(order);
    TestDatabase.await(apply.claims("node-1").extend(old));
    assertThat(db.run(() -> apply.claims("node-3").take(1))).hasSize(1);
  }

  @Test
  void finishesWhatANodeLeftWhenItDied() {
    var order = markOrder();
    apply.claim("dead-node");
    apply.lapse(order);

    apply.settle(order);

    assertThat(marks()).isEqualTo(1);
    assertThat(OrderRows.events(db, order))
        .containsExactly("apply_started", "apply_started", "applied", "completed 0", "completed");
  }

  @Test
  void changesNothingOnceTheOrderWasCancelled() {
    var order = markOrder();
    var claim = apply.claim("node-1");
    db.execute(
        """
        update work_orders set state = 'cancelled', apply_owner = null, apply_next_at = null,
          apply_lease_expires_at = null where id = $1
        """,
        order);

    assertThatThrownBy(() -> db.run(() -> run(new SqlApplier(new Tx(db.pool())), claim)))
        .isInstanceOf(ClaimLost.class);
    assertThat(marks()).isZero();
  }

  @Test
  void stopsOnlyAfterTheOrderItIsAt() {
    var order = markOrder();
    var blocker = db.begun();
    TestDatabase.await(blocker.query("lock table public.marks").execute());
    var node = apply.node();
    while (db.<Long>value("select count(*) from pg_locks where not granted") == 0) {
      apply.wake(order);
    }

    var stopped = apply.stop(node);
    assertThat(stopped.isComplete()).isFalse();
    TestDatabase.await(blocker.close());
    TestDatabase.await(stopped);
    assertThat(apply.state(order)).isEqualTo("completed");
  }

  @Test
  void acceptsResultsWhereNothingIsToBeChanged() {
    apply.type("none", new ApplySpec.None(null));
    apply.type(
        "told", new ApplySpec.None(computed(doc -> doc.getJsonArray("items").size() + " facts")));
    var none = OrderRows.approved(db, "none", 3, new JsonObject(), new JsonObject());
    apply.settle(none);
    // Only now: were both due at once, the second could be settled before anybody waits for it.
    var told =
        OrderRows.approved(db, "told", 3, new JsonObject(), new JsonObject(), new JsonObject());
    apply.settle(told);

    assertThat(apply.order(none).getJsonObject("diff"))
        .isEqualTo(
            new JsonObject()
                .put("before", new JsonObject())
                .put("after", new JsonObject())
                .put("changes", new JsonArray())
                .put("summary", "1 result accepted"));
    assertThat(apply.order(told).getJsonObject("diff").getString("summary")).isEqualTo("2 facts");
    assertThat(List.of(apply.state(none), apply.state(told))).containsOnly("completed");
  }
}
