package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Progress;
import dev.orderly.leasing.LeaseMessages.Checkout;
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
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Leases, over the bus, on a real database. */
class LeasingTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
  }

  private static String type(String name) {
    engine.type(new TestType(name));
    return name;
  }

  @Test
  void givesTheAgentAllThatItNeeds() {
    var order = engine.propose(type("complete"), 1);

    var item = engine.checkout("agent-1", order);

    assertThat(item.orderId()).isEqualTo(order);
    assertThat(item.orderType()).isEqualTo("complete");
    var text = LeasedItems.json(item);
    assertThat(text.getJsonObject("input")).isEqualTo(new JsonObject().put("n", 0));
    assertThat(text.getJsonObject("result_schema").getJsonArray("required")).containsExactly("ok");
    assertThat(item.attempt()).isEqualTo(1);
    assertThat(item.maxAttempts()).isEqualTo(2);
    assertThat(text.getJsonArray("errors")).isEmpty();
    assertThat(item.lease().agentId()).isEqualTo("agent-1");
    assertThat(item.lease().fence()).isEqualTo(1);
    assertThat(item.lease().heartbeatEverySeconds()).isEqualTo(60);
    var row =
        db.row("select state, leased_by_agent_id from work_items_now where id = $1", item.id());
    assertThat(row.getString("state")).isEqualTo("leased");
    assertThat(row.getString("leased_by_agent_id")).isEqualTo("agent-1");
    assertThat(engine.orderState(order)).isEqualTo("checked_out");
    assertThat(engine.events("order_id", order))
        .containsExactly("proposed", "planned", "leased", "checked_out");
  }

  @Test
  void givesEachItemToOneAgentHoweverManyAskAtOnce() {
    var type = type("crowded");
    engine.propose(type, 60);
    var asked = new ArrayList<Future<LeasedItem>>();
    for (int i = 0; i < 200; i++) {
      asked.add(engine.checkoutLater("agent-" + i, List.of(type), null));
    }

    TestDatabase.await(Future.join(asked).otherwiseEmpty());

    var given = asked.stream().filter(Future::succeeded).map(f -> f.result().id()).toList();
    assertThat(given).hasSize(60);
    assertThat(new HashSet<>(given)).hasSize(60);
    assertThat(db.row("select items_queued, items_leased from work_orders where type = $1", type))
        .isEqualTo(new JsonObject().put("items_queued", 0).put("items_leased", 60));
    assertThat(asked.stream().filter(Future::failed))
        .allSatisfy(
            failed ->
                assertThat(Engine.refusal(() -> TestDatabase.await(failed)).code())
                    .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE));
  }

  @Test
  void givesTheHighestPriorityFirstAndThenTheOldest() {
    var type = type("priorities");
    var oldLow = engine.propose(type, 1, 0);
    var high = engine.propose(type, 1, 5);
    var newLow = engine.propose(type, 1, 0);

    assertThat(engine.checkout("a", List.of(type), null).orderId()).isEqualTo(high);
    assertThat(engine.checkout("a", List.of(type), null).orderId()).isEqualTo(oldLow);
    assertThat(engine.checkout("a", List.of(type), null).orderId()).isEqualTo(newLow);
  }

  @Test
  void givesNothingBelowTheLowestPriorityAskedFor() {
    var type = type("minimum");
    engine.propose(type, 1, 3);

    var refusal = Engine.refusal(() -> engine.checkout("a", List.of(type), 4));

    assertThat(refusal.code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    assertThat(LeasedItems.json(engine.checkout("a", List.of(type), 3)).getInteger("priority"))
        .isEqualTo(3);
  }

  @Test
  void looksThroughSeveralQueuesByPriorityAcrossThem() {
    var one = type("several.one");
    var two = type("several.two");
    engine.propose(one, 1, 1);
    var best = engine.propose(two, 1, 2);

    assertThat(engine.checkout("a", List.of(one, two), null).orderId()).isEqualTo(best);
    assertThat(engine.checkout("a", List.of(one, two), null).type()).isEqualTo(one);
  }

  @Test
  void hasNothingForATenantThatNeverProposedAnything() {
    var caller = new Caller("newcomers", new Actor(Actor.Kind.AGENT, "a"), "a", "request");
    var checkout = engine.desks().checkout(Checkout.now(caller, List.of(), null, null, 1));

    assertThat(Engine.refusal(() -> TestDatabase.await(checkout)).code())
        .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
  }

  @Test
  void putsItemsIntoTheQueueThatTheirPlanNames() {
    var type = type("mixed");
    var items = new JsonArray().add(new JsonObject().put("queue", "special.queue"));
    engine.propose(type, new JsonObject().put("items", items), 0, null);

    assertThat(Engine.refusal(() -> engine.checkout("a", List.of(type), null)).code())
        .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    assertThat(engine.checkout("a", List.of("special.queue"), null).orderType()).isEqualTo(type);
  }

  @Test
  void refusesACheckoutOfAnOrderThatDoesNotExist() {
    assertThat(Engine.refusal(() -> engine.checkout("a", UUID.randomUUID())).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
  }

  @ParameterizedTest
  @CsvSource({
    "submitted, sends items back",
    "approved, new order",
    "applied, new order",
    "completed, new order",
    "rejected, new order",
    "failed, retried",
    "dead_lettered, new order",
    "cancelled, new order"
  })
  void tellsAnOrderThatGivesNoMoreWorkFromOneThatHasNoneNow(String state, String next) {
    var order = engine.propose(type("closed"), 2);
    engine.checkout("a", order);
    engine.checkout("a", order);
    var busy = Engine.refusal(() -> engine.checkout("b", order));
    assertThat(busy.code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    db.execute(
        "update work_orders set state = $2, approved_at = now(), applied_at = now(), diff = '{}',"
            + " apply_next_at = case when $2 in ('approved', 'applied') then now() end,"
            + " completed_at = case when $2 = 'completed' then now() end where id = $1",
        order,
        state);

    var closed = Engine.refusal(() -> engine.checkout("b", order));

    assertThat(closed.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(closed.code().retryable()).isFalse();
    assertThat(closed.detail()).contains(order.toString(), "in state " + state + " ");
    assertThat(closed.nextActions()).singleElement().asString().contains(next);
  }

  @Test
  void aFailureSentAgainHasTheEffectOfOne() {
    var order = engine.propose(type("fails.twice"), 2);
    var item = engine.checkout("a", order);
    var key = Engine.key("fail:" + item.id(), "f1", "aa");
    var plain = engine.checkout("b", order);

    var first = TestDatabase.await(engine.failLater(item, true, key));
    var again = TestDatabase.await(engine.failLater(item, true, key));

    assertThat(first.replayed()).isFalse();
    assertThat(again.replayed()).isTrue();
    assertThat(again.toJson()).isEqualTo(first.toJson());
    assertThat(again.availableAt()).isEqualTo(first.availableAt()).isNotNull();
    assertThat(engine.events("item_id", item.id())).containsOnlyOnce("attempt_failed");
    assertThat(db.<Integer>value("select attempts from work_items_now where id = $1", item.id()))
        .isEqualTo(1);
    var other = Engine.key("fail:" + item.id(), "f1", "bb");
    assertThat(Engine.refusal(() -> TestDatabase.await(engine.failLater(item, true, other))).code())
        .isEqualTo(ErrorCode.IDEMPOTENCY_MISMATCH);
    engine.fail(plain, true);
    assertThat(Engine.refusal(() -> engine.fail(plain, true)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void aRefusedFailureLeavesItsKeyFree() {
    var order = engine.propose(type("fails.late"), 1);
    var item = engine.checkout("a", order);
    var key = Engine.key("fail:" + item.id(), "f2", "aa");
    engine.release(item);
    assertThat(Engine.refusal(() -> TestDatabase.await(engine.failLater(item, true, key))).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);

    var ended = TestDatabase.await(engine.failLater(engine.checkout("a", order), true, key));

    assertThat(ended.replayed()).isFalse();
  }

  @Test
  void sameFailuresAtTheSameTimeHaveTheEffectOfOne() {
    var item = engine.checkout("a", engine.propose(type("fails.at.once"), 1));
    var key = Engine.key("fail:" + item.id(), "f3", "aa");
    var sent = new ArrayList<Future<LeaseMessages.Ended>>();
    for (int i = 0; i < 20; i++) {
      sent.add(engine.failLater(item, true, key));
    }

    TestDatabase.await(Future.join(sent));

    assertThat(sent.stream().filter(f -> !f.result().replayed())).hasSize(1);
    assertThat(engine.events("item_id", item.id())).containsOnlyOnce("attempt_failed");
  }

  @Test
  void takesTheFirstHeartbeatAsTheBeginningOfTheWork() {
    var order = engine.propose(type("heartbeats"), 1);
    var item = engine.checkout("a", order);

    var extended = engine.heartbeat(item);
    engine.heartbeat(item);

    assertThat(extended.expiresAt()).isAfter(item.lease().expiresAt());
    assertThat(engine.itemState(item.id())).isEqualTo("in_progress");
    assertThat(engine.orderState(order)).isEqualTo("in_progress");
    assertThat(engine.events("item_id", item.id())).containsExactly("leased", "in_progress");
    assertThat(db.<Integer>value("select heartbeats from work_items_now where id = $1", item.id()))
        .isEqualTo(2);
  }

  @Test
  void findsTheDeskWithoutATokenToo() {
    var item = engine.checkout("a", engine.propose(type("identity"), 1));

    assertThat(engine.heartbeat("a", item.id(), LeaseProof.NONE).itemId()).isEqualTo(item.id());
    assertThat(
            Engine.refusal(() -> engine.heartbeat("a", UUID.randomUUID(), LeaseProof.NONE)).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void refusesAnotherAgentsLease() {
    var item = engine.checkout("a", engine.propose(type("foreign"), 1));

    var refusal = Engine.refusal(() -> engine.heartbeat("b", item.id(), Engine.proof(item)));

    assertThat(refusal.code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(refusal.detail())
        .isEqualTo(
            "Expected to extend the lease of item %s, but another agent holds it"
                .formatted(item.id()));
  }

  @Test
  void refusesAForgedTokenAndAnotherItemsToken() {
    var order = engine.propose(type("forged"), 2);
    var one = engine.checkout("a", order);
    var two = engine.checkout("a", order);
    var forged = one.lease().token().substring(0, 20) + "A".repeat(37);

    for (var token : List.of(forged, "nonsense", two.lease().token())) {
      assertThat(
              Engine.refusal(() -> engine.heartbeat("a", one.id(), new LeaseProof(token, null)))
                  .code())
          .isEqualTo(ErrorCode.LEASE_CONFLICT);
    }
  }

  @Test
  void refusesALeaseThatHasLapsedEvenBeforeItIsTakenBack() {
    var item = engine.checkout("a", engine.propose(type("lapsed"), 1));
    engine.lapse(item.id());

    assertThat(Engine.refusal(() -> engine.heartbeat(item)).code())
        .isEqualTo(ErrorCode.LEASE_EXPIRED);
    assertThat(Engine.refusal(() -> engine.submit(item)).code()).isEqualTo(ErrorCode.LEASE_EXPIRED);
    assertThat(Engine.refusal(() -> engine.release(item)).code())
        .isEqualTo(ErrorCode.LEASE_EXPIRED);
  }

  @Test
  void refusesAnOldFenceAfterTheItemWasLeasedAgain() {
    var order = engine.propose(type("fenced"), 1);
    var old = engine.checkout("a", order);
    engine.release(old);
    var again = engine.checkout("a", order);

    assertThat(again.lease().fence()).isEqualTo(2);
    assertThat(Engine.refusal(() -> engine.submit(old)).code()).isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(
            Engine.refusal(() -> engine.heartbeat("a", old.id(), new LeaseProof(null, 1L))).code())
        .isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(engine.itemState(again.id())).isEqualTo("leased");
  }

  @Test
  void returnsAReleasedItemAtOnceAndCountsNoAttempt() {
    var order = engine.propose(type("released"), 1);
    var item = engine.checkout("a", order);

    var ended = engine.release(item);

    assertThat(ended.attempts()).isZero();
    assertThat(engine.orderState(order)).isEqualTo("queued");
    assertThat(engine.checkout("b", order).attempt()).isEqualTo(1);
    assertThat(engine.events("item_id", item.id())).containsExactly("leased", "released", "leased");
  }

  @Test
  void takesALapsedLeaseBackByItselfAndGivesItToAnother() {
    engine.type(new TestType("expiring").leaseSeconds(1));
    var order = engine.propose("expiring", 1);
    var item = engine.checkout("a", order);

    awaitState(item.id(), "queued");
    assertThat(Engine.refusal(() -> engine.submit(item)).code()).isEqualTo(ErrorCode.LEASE_EXPIRED);

    var again = engine.checkout("b", order);
    assertThat(again.attempt()).isEqualTo(2);
    assertThat(LeasedItems.json(again).getJsonObject("last_error").getString("code"))
        .isEqualTo("lease_expired");
    assertThat(engine.events("item_id", item.id()))
        .containsExactly("leased", "lease_expired", "leased");
  }

  @Test
  void failsTheItemAndItsOrderOnceTheAttemptsAreSpent() {
    engine.type(new TestType("spent").leaseSeconds(1));
    var order = engine.propose("spent", 2);
    for (int attempt = 1; attempt <= 2; attempt++) {
      var item = engine.checkout("a", order);
      assertThat(item.attempt()).isEqualTo(attempt);
      awaitState(item.id(), attempt == 1 ? "queued" : "failed");
    }

    assertThat(engine.orderState(order)).isEqualTo("failed");
    assertThat(Engine.refusal(() -> engine.checkout("a", order)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(
            db.row(
                    "select error from work_items_now where order_id = $1 and state = 'failed'",
                    order)
                .getJsonObject("error")
                .getString("code"))
        .isEqualTo("max_attempts_exceeded");
  }

  @Test
  void triesAgainAfterAFailureThatMayPassAndNotAfterOneThatWillNot() {
    var order = engine.propose(type("failing"), 1);

    var ended = engine.fail(engine.checkout("a", order), true);
    assertThat(ended.state().wire()).isEqualTo("queued");
    assertThat(ended.attempts()).isEqualTo(1);
    var again = engine.checkout("b", order);
    assertThat(LeasedItems.json(again).getJsonObject("last_error").getString("message"))
        .isEqualTo("it cannot be done");

    assertThat(engine.fail(again, false).state().wire()).isEqualTo("failed");
    assertThat(engine.orderState(order)).isEqualTo("failed");
  }

  @Test
  void goesOnWithTheOtherItemsIfTheTypeSaysSo() {
    engine.type(new TestType("continuing").continuing());
    var order = engine.propose("continuing", 2);

    engine.fail(engine.checkout("a", order), false);
    assertThat(engine.orderState(order)).isEqualTo("queued");
    engine.submit(engine.checkout("a", order));

    assertThat(engine.orderState(order)).isEqualTo("submitted");
  }

  @Test
  void keepsLeasesOfAFailedOrderAndHoldsWhatReturnsToItsQueue() {
    var order = engine.propose(type("held"), 3);
    var kept = engine.checkout("a", order);
    var returned = engine.checkout("b", order);
    engine.fail(engine.checkout("c", order), false);

    engine.submit(kept);
    engine.release(returned);

    assertThat(engine.orderState(order)).isEqualTo("failed");
    assertThat(engine.itemState(kept.id())).isEqualTo("submitted");
    assertThat(Engine.refusal(() -> engine.checkout("d", order)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
    engine.retryOrder(order);
    assertThat(engine.orderState(order)).isEqualTo("in_progress");
    engine.work(order);
    assertThat(engine.orderState(order)).isEqualTo("submitted");
  }

  @Test
  void makesWhoReleasesAgainAndAgainWait() {
    var settings =
        new TypeSettings(2, 3600, 3600, 0, 600, 60, false, Progress.OnItemFailure.FAIL, 1);
    engine.type(new TestType("bouncing").with(settings));
    var order = engine.propose("bouncing", 1);
    engine.release(engine.checkout("a", order));

    var ended = engine.release(engine.checkout("a", order));

    assertThat(ended.availableAt()).isAfter(Instant.now().plusSeconds(3000));
    assertThat(Engine.refusal(() -> engine.checkout("a", order)).code())
        .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
  }

  @Test
  void givesOutWhatStandsBehindAnItemWhoseTypeIsNotInstalled() {
    var type = type("uninstalled");
    var lost = engine.propose(type, 1);
    db.execute(
        "update work_items set order_type = 'gone', type_version = '0' where order_id = $1", lost);
    var good = engine.propose(type, 1);

    assertThat(engine.checkout("a", List.of(type), null).orderId()).isEqualTo(good);
  }

  @Test
  void takesBackAndGivesUpLeasesWhoseTypeIsNotInstalled() {
    var order = engine.propose(type("uninstalled.leases"), 2);
    var lapsed = engine.checkout("a", order);
    var released = engine.checkout("b", order);
    db.breakUp(lapsed.id());
    db.breakUp(released.id());
    db.execute("update work_items set order_type = 'gone' where order_id = $1", order);
    engine.lapse(lapsed.id());

    TestDatabase.await(new ExpireLeases(new Tx(db.pool()), db.bus(), Heartbeats.none()).sweep());

    assertThat(engine.itemState(lapsed.id())).isEqualTo("queued");
    assertThat(engine.release(released).state().wire()).isEqualTo("queued");
  }

  @Test
  void findsWorkForEveryAgentWhenWhatTheyAskForOverlaps() {
    var type = type("overlapping");
    engine.propose(type, 40, 5);
    var asked = new ArrayList<Future<LeasedItem>>();
    for (int i = 0; i < 40; i++) {
      asked.add(engine.checkoutLater("agent-" + i, List.of(type), i % 5));
    }

    TestDatabase.await(Future.join(asked).otherwiseEmpty());

    assertThat(asked.stream().filter(Future::succeeded)).hasSize(40);
  }

  /** An apply keeps the rows of its order's items locked for as long as it takes. */
  @Test
  void doesNotWaitForTheLocksOfItemsThatNobodyHolds() {
    var order = engine.propose(type("locked"), 2);
    var submitted = engine.checkout("a", order);
    engine.submit(submitted);
    var held = engine.checkout("b", order);
    var apply = db.begun();
    TestDatabase.await(
        apply
            .preparedQuery("select id from work_items where id = $1 for no key update")
            .execute(Tuple.of(submitted.id())));

    assertThat(Engine.refusal(() -> engine.heartbeat(submitted)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(engine.heartbeat(held).itemId()).isEqualTo(held.id());
    TestDatabase.await(apply.close());
  }

  @Test
  void saysWhoFailedAnOrderWhateverEndedBesideIt() {
    var order = engine.propose(type("blamed"), 40);
    var items = new ArrayList<LeasedItem>();
    for (int i = 0; i < 40; i++) {
      items.add(engine.checkout("agent-" + i, order));
    }
    var ends = new ArrayList<Future<?>>();
    for (int i = 0; i < 40; i++) {
      ends.add(i == 20 ? engine.failLater(items.get(i), false) : engine.releaseLater(items.get(i)));
    }
    TestDatabase.await(Future.join(ends));

    assertThat(
            db.<String>value(
                "select actor_id from work_events where order_id = $1 and item_id is null and event = 'failed'",
                order))
        .isEqualTo("agent-20");
  }

  /** The desk's own clock brings it about; only the database shows when. */
  private static void awaitState(UUID item, String state) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!engine.itemState(item).equals(state)) {
      assertThat(System.nanoTime()).as("the item became " + state).isLessThan(end);
    }
  }
}
