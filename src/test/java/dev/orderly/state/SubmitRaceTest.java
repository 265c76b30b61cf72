package dev.orderly.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Results whose items change between the look at them and the write. */
class SubmitRaceTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db, Heartbeats.none(), 0);
  }

  private static LeasedItem leased(String type) {
    engine.type(new TestType(type));
    return engine.checkout("a", engine.propose(type, 1));
  }

  /** Submits while another transaction changes the item, which commits once the submit waits. */
  private static Future<Answer> submitDuring(LeasedItem item, String change) {
    var other = db.begun();
    TestDatabase.await(
        other
            .preparedQuery("update work_items set %s where id = $1".formatted(change))
            .execute(Tuple.of(item.id())));
    var submit =
        engine.submitLater(
            "a", item.id(), Engine.proof(item), new JsonObject().put("ok", true), null);
    awaitWaiting();
    TestDatabase.await(other.query("commit").execute());
    TestDatabase.await(other.close());
    return submit;
  }

  private static void awaitWaiting() {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (db.<Long>value("select count(*) from pg_locks where not granted") == 0) {
      assertThat(System.nanoTime()).as("the submit never waited").isLessThan(end);
    }
  }

  @Test
  void takesAResultWhoseItemGotAHeartbeatMeanwhile() {
    var item = leased("beaten");

    var answer =
        TestDatabase.await(
            submitDuring(item, "heartbeats = 1, last_heartbeat_at = clock_timestamp()"));

    assertThat(answer.status()).isEqualTo(202);
    assertThat(
            db.<Integer>value(
                "select (payload->>'heartbeats')::int from work_events where item_id = $1 and event = 'submitted'",
                item.id()))
        .isEqualTo(1);
  }

  @Test
  void refusesAResultWhoseLeaseLapsedMeanwhile() {
    var item = leased("lapsed");

    var refusal =
        Engine.refusal(
            () ->
                TestDatabase.await(
                    submitDuring(item, "lease_expires_at = clock_timestamp() - interval '1 s'")));

    assertThat(refusal.code()).isEqualTo(ErrorCode.LEASE_EXPIRED);
    assertThat(db.<String>value("select result::text from work_items_now where id = $1", item.id()))
        .isNull();
  }

  @Test
  void refusesAResultWhoseItemWasLeasedAnewMeanwhile() {
    var item = leased("leased-anew");

    var refusal = Engine.refusal(() -> TestDatabase.await(submitDuring(item, "fence = fence + 1")));

    assertThat(refusal.code()).isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(engine.itemState(item.id())).isEqualTo("leased");
  }

  @Test
  void takesTheOthersOfABatchOfWhichOneChanged() {
    engine.type(new TestType("one-of-two"));
    var order = engine.propose("one-of-two", 3);
    var first = engine.checkout("a", order);
    var second = engine.checkout("a", order);
    var third = engine.checkout("a", order);
    var blocked = db.begun();
    TestDatabase.await(
        blocked
            .preparedQuery("select from work_items where id = $1 for update")
            .execute(Tuple.of(first.id())));
    var holdsUp = submitLater(first);
    awaitWaiting();
    // These two wait for the first, and so share a batch.
    var changed = submitLater(second);
    var good = submitLater(third);
    db.execute("update work_items set fence = fence + 1 where id = $1", second.id());
    TestDatabase.await(blocked.query("commit").execute());
    TestDatabase.await(blocked.close());

    TestDatabase.await(holdsUp);
    var refusal = Engine.refusal(() -> TestDatabase.await(changed));
    var answer = TestDatabase.await(good);

    assertThat(refusal.code()).isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(answer.status()).isEqualTo(202);
    assertThat(engine.events("order_id", order).stream().filter("submitted"::equals)).hasSize(2);
    assertThat(
            db.row(
                    "select items_leased as l, items_submitted as s from work_orders where id = $1",
                    order)
                .encode())
        .isEqualTo("{\"l\":1,\"s\":2}");
  }

  private static Future<Answer> submitLater(LeasedItem item) {
    return engine.submitLater(
        "a", item.id(), Engine.proof(item), new JsonObject().put("ok", true), null);
  }
}
