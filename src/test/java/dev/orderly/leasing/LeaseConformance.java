package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.TypeSettings;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What leases do wherever heartbeats are kept: the same for every backend. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LeaseConformance {
  /** Half of it is more than two heartbeats take. */
  private static final int TTL = 600;

  final TestDatabase db = new TestDatabase();
  Engine engine;
  Heartbeats heartbeats;

  /** The backend under test; the database is open. */
  abstract Heartbeats heartbeats();

  int bundleMin() {
    return Engine.BUNDLE_MIN;
  }

  /** Whether it may miscount heartbeats: never more of them, but fewer. */
  boolean forgets() {
    return false;
  }

  private void assertCounted(int found, int heard) {
    assertThat(found).isBetween(forgets() ? 1 : heard, heard);
  }

  @BeforeAll
  void open() {
    db.open();
    heartbeats = heartbeats();
    engine = new Engine(db, heartbeats, bundleMin());
  }

  @AfterAll
  void close() {
    db.close();
  }

  UUID order(String type, int items) {
    engine.type(new TestType(type));
    return engine.propose(type, items);
  }

  LeasedItem leased(String type) {
    return engine.checkout("a", order(type, 1));
  }

  /** One whose first heartbeat was heard, and one more, which need not be written. */
  LeasedItem worked(String type) {
    var item = leased(type);
    engine.heartbeat(item);
    engine.heartbeat(item);
    return item;
  }

  Instant expiry(UUID item) {
    return db.<OffsetDateTime>value(
            "select lease_expires_at from work_items_now where id = $1", item)
        .toInstant();
  }

  void left(UUID item, int seconds) {
    db.leave(item, seconds);
  }

  int secondsLeft(UUID item) {
    return db.<Integer>value(
        "select floor(extract(epoch from lease_expires_at - clock_timestamp()))::int"
            + " from work_items_now where id = $1",
        item);
  }

  private ErrorCode refused(LeasedItem item) {
    return Engine.refusal(() -> engine.heartbeat(item)).code();
  }

  @Test
  void givesEachItemToOneAgent() {
    var order = order("crowd", 30);
    var asked =
        IntStream.range(0, 60)
            .mapToObj(i -> engine.checkoutLater("agent-" + i, List.of("crowd"), null))
            .toList();

    TestDatabase.await(Future.join(asked).otherwiseEmpty());

    var given = asked.stream().filter(Future::succeeded).map(f -> f.result().id()).toList();
    assertThat(given).hasSize(30).doesNotHaveDuplicates();
    assertThat(engine.orderState(order)).isEqualTo("checked_out");
  }

  @Test
  void takesTheFirstHeartbeatAsTheBeginningOfTheWork() {
    var order = order("begin", 1);
    var item = engine.checkout("a", order);

    var first = engine.heartbeat(item);
    engine.heartbeat(item);

    assertThat(first.expiresAt()).isAfter(item.lease().expiresAt());
    assertThat(first.state().wire()).isEqualTo("in_progress");
    assertThat(first.heartbeatEverySeconds()).isEqualTo(60);
    assertThat(engine.itemState(item.id())).isEqualTo("in_progress");
    assertThat(engine.orderState(order)).isEqualTo("in_progress");
    assertThat(engine.events("item_id", item.id())).containsExactly("leased", "in_progress");
  }

  @Test
  void promisesWhatTheDatabaseHolds() {
    var item = leased("promise");
    for (int left : List.of(TTL, 450, TTL / 2 + 20, TTL / 2 - 1, 130, 90, 5)) {
      left(item.id(), left);

      var extended = engine.heartbeat(item);

      assertThat(extended.expiresAt()).isEqualTo(expiry(item.id()));
      assertThat(secondsLeft(item.id())).isGreaterThanOrEqualTo(TTL / 2);
    }
  }

  @Test
  void leavesTimeForTwoMoreHeartbeats() {
    engine.type(
        new TestType("sparse")
            .with(new TypeSettings(2, 0, 0, 0, TTL, 200, false, OnItemFailure.FAIL, 1)));
    var item = engine.checkout("a", engine.propose("sparse", 1));
    engine.heartbeat(item);
    left(item.id(), 499);

    engine.heartbeat(item);

    assertThat(secondsLeft(item.id())).isGreaterThan(500);
  }

  @Test
  void refusesWhoDoesNotHoldTheLease() {
    var order = order("foreign", 2);
    var item = engine.checkout("a", order);
    var other = engine.checkout("a", order);
    engine.heartbeat(item);
    engine.heartbeat(item);
    var before = expiry(item.id());
    var forged = item.lease().token().substring(0, 20) + "A".repeat(37);

    assertThat(Engine.refusal(() -> engine.heartbeat("b", item.id(), Engine.proof(item))).code())
        .isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(Engine.refusal(() -> engine.heartbeat("b", item.id(), LeaseProof.NONE)).code())
        .isEqualTo(ErrorCode.LEASE_CONFLICT);
    for (var token : List.of(forged, "nonsense", other.lease().token())) {
      var proof = new LeaseProof(token, null);
      assertThat(Engine.refusal(() -> engine.heartbeat("a", item.id(), proof)).code())
          .isEqualTo(ErrorCode.LEASE_CONFLICT);
    }
    for (long fence : List.of(0L, 2L)) {
      var proof = new LeaseProof(null, fence);
      assertThat(Engine.refusal(() -> engine.heartbeat("a", item.id(), proof)).code())
          .isEqualTo(ErrorCode.STALE_FENCE);
    }
    assertThat(
            Engine.refusal(() -> engine.heartbeat("a", UUID.randomUUID(), LeaseProof.NONE)).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
    assertThat(expiry(item.id())).isEqualTo(before);
  }

  @Test
  void refusesAnEndedLeaseHoweverItEnded() {
    var released = worked("ended.released");
    engine.release(released);
    assertThat(refused(released)).isEqualTo(ErrorCode.STATE_CONFLICT);
    var failed = worked("ended.failed");
    engine.fail(failed, true);
    assertThat(refused(failed)).isEqualTo(ErrorCode.STATE_CONFLICT);
    var submitted = worked("ended.submitted");
    engine.submit(submitted);
    assertThat(refused(submitted)).isEqualTo(ErrorCode.STATE_CONFLICT);
    var cancelled = worked("ended.cancelled");
    engine.cancel(cancelled.orderId());
    assertThat(refused(cancelled)).isEqualTo(ErrorCode.STATE_CONFLICT);
    var lapsed = worked("ended.lapsed");
    engine.lapse(lapsed.id());
    assertThat(refused(lapsed)).isEqualTo(ErrorCode.LEASE_EXPIRED);
    TestDatabase.await(new ExpireLeases(new Tx(db.pool()), db.bus(), heartbeats).sweep());
    assertThat(refused(lapsed)).isEqualTo(ErrorCode.LEASE_EXPIRED);
  }

  @Test
  void refusesTheOldHolderOnceAnotherHasTheItem() {
    var old = worked("handed.on");
    engine.release(old);
    var next = engine.checkout("b", old.orderId());

    assertThat(next.lease().fence()).isEqualTo(2);
    assertThat(refused(old)).isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(Engine.refusal(() -> engine.heartbeat("a", old.id(), LeaseProof.NONE)).code())
        .isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(engine.heartbeat(next).state().wire()).isEqualTo("in_progress");
    assertThat(Engine.refusal(() -> engine.submit(old)).code()).isEqualTo(ErrorCode.STALE_FENCE);
  }

  @Test
  void givesALapsedItemToAnotherAgentUnderAHigherFence() {
    engine.type(new TestType("lapsing").leaseSeconds(1));
    var order = engine.propose("lapsing", 1);
    var old = engine.checkout("a", order);
    engine.heartbeat(old);

    var next = awaitItem("b", "lapsing");

    assertThat(next.id()).isEqualTo(old.id());
    assertThat(next.lease().fence()).isEqualTo(2);
    assertThat(LeasedItems.json(next).getJsonObject("last_error").getString("code"))
        .isEqualTo("lease_expired");
    assertThat(refused(old)).isEqualTo(ErrorCode.STALE_FENCE);
  }

  @Test
  void saysHowOftenAndWhenTheHolderOfALapsedLeaseWasHeardOf() {
    var item = worked("silent");
    for (int i = 0; i < 5; i++) {
      engine.heartbeat(item);
    }
    engine.lapse(item.id());

    TestDatabase.await(new ExpireLeases(new Tx(db.pool()), db.bus(), heartbeats).sweep());

    var end =
        db.row(
            "select payload, extract(epoch from created_at)::float8 as at from work_events"
                + " where item_id = $1 and event = 'lease_expired'",
            item.id());
    assertCounted(end.getJsonObject("payload").getInteger("heartbeats"), 7);
    var last = OffsetDateTime.parse(end.getJsonObject("payload").getString("last_heartbeat_at"));
    var written =
        db.<OffsetDateTime>value(
            "select last_heartbeat_at from work_items_now where id = $1", item.id());
    assertThat(last).isAfterOrEqualTo(written);
  }

  @Test
  void countsEveryHeartbeatAtTheNextWrite() {
    var item = worked("counted");
    engine.heartbeat(item);
    left(item.id(), 10);

    engine.heartbeat(item);

    assertCounted(
        db.<Integer>value("select heartbeats from work_items_now where id = $1", item.id()), 4);
  }

  @Test
  void answersEachHeartbeatOfAListByItself() {
    var order = order("listed", 4);
    var lasting = engine.checkout("a", order);
    engine.heartbeat(lasting);
    var fresh = engine.checkout("a", order);
    var foreign = engine.checkout("b", order);
    var ended = engine.checkout("a", order);
    engine.release(ended);
    var calls =
        new ArrayList<>(
            List.of(lasting, fresh, foreign, ended, lasting).stream()
                .map(i -> new Heartbeat(Engine.caller("a"), i.id(), Engine.proof(i)))
                .toList());
    calls.add(new Heartbeat(Engine.caller("a"), UUID.randomUUID(), LeaseProof.NONE));

    var answers = TestDatabase.await(engine.desks().heartbeat(calls));

    for (int good : List.of(0, 1, 4)) {
      assertThat(answers.get(good).refusal()).isNull();
      assertThat(answers.get(good).extended().itemId()).isEqualTo(calls.get(good).itemId());
      // The database may hold more by now: one of them was heard of twice.
      assertThat(answers.get(good).extended().expiresAt())
          .isBeforeOrEqualTo(expiry(calls.get(good).itemId()));
    }
    assertThat(answers.get(2).refusal().code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(answers.get(3).refusal().code()).isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(answers.get(5).refusal().code()).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void losesNoHeartbeatOfManyAtOnce() {
    var order = order("chorus", 20);
    var items = IntStream.range(0, 20).mapToObj(i -> engine.checkout("a", order)).toList();
    items.forEach(engine::heartbeat);
    var sent = new ArrayList<Future<Extended>>();
    for (int round = 0; round < 10; round++) {
      items.forEach(item -> sent.add(engine.heartbeatLater(item)));
    }

    TestDatabase.await(Future.all(sent));

    items.forEach(item -> left(item.id(), 10));
    items.forEach(engine::heartbeat);
    for (var row : db.rows("select heartbeats from work_items_now where order_id = $1", order)) {
      assertCounted(row.getInteger("heartbeats"), 12);
    }
  }

  /**
   * Agents that fall silent after some heartbeats, others that wait for their items, and a sweep
   * that competes with the desks: nobody gets an item before the last moment that its holder was
   * promised.
   */
  @Test
  void handsNothingOnBeforeTheTimeThatWasPromised() {
    // A lease of three seconds with heartbeats each second can do without a write for one.
    engine.type(
        new TestType("contested")
            .with(new TypeSettings(9, 0, 0, 0, 3, 1, false, OnItemFailure.FAIL, 1)));
    int items = 24;
    var order = engine.propose("contested", items);
    var promised = new ConcurrentHashMap<String, Instant>();
    var agents = new ArrayList<Future<?>>();
    for (int i = 0; i < items; i++) {
      var item = engine.checkout("a", order);
      promise(promised, item, item.lease().expiresAt());
      agents.add(beat(item, 1 + i * 4, promised));
    }
    TestDatabase.await(Future.all(agents));

    var taken = new HashSet<UUID>();
    var expire = new ExpireLeases(new Tx(db.pool()), db.bus(), heartbeats);
    while (taken.size() < items) {
      TestDatabase.await(expire.sweep());
      var next = awaitItem("b", "contested");
      taken.add(next.id());
    }

    for (var row :
        db.rows(
            "select item_id, (payload->>'fence')::int as fence, (extract(epoch from created_at)"
                + " * 1000000)::bigint as micros from work_events where order_id = $1 and event = 'leased'",
            order)) {
      if (row.getInteger("fence") == 2) {
        var before = promised.get(row.getString("item_id") + " 1");
        assertThat(row.getLong("micros")).isGreaterThanOrEqualTo(micros(before));
      }
    }
  }

  private Future<?> beat(LeasedItem item, int times, Map<String, Instant> promised) {
    return times == 0
        ? Future.succeededFuture()
        : engine
            .heartbeatLater(item)
            .compose(
                extended -> {
                  promise(promised, item, extended.expiresAt());
                  return beat(item, times - 1, promised);
                });
  }

  private static void promise(Map<String, Instant> promised, LeasedItem item, Instant until) {
    promised.merge(item.id() + " " + item.lease().fence(), until, (a, b) -> a.isAfter(b) ? a : b);
  }

  private static long micros(Instant at) {
    return at.getEpochSecond() * 1_000_000 + at.getNano() / 1000;
  }

  /** Waits for work as an agent does. */
  private LeasedItem awaitItem(String agent, String type) {
    var wait = new LeaseMessages.Wait(UUID.randomUUID(), TestDatabase.LIMIT.toMillis() / 2);
    return TestDatabase.await(
            engine
                .desks()
                .checkout(
                    new LeaseMessages.Checkout(
                        Engine.caller(agent), List.of(type), null, null, 1, wait)))
        .items()
        .getFirst();
  }
}
