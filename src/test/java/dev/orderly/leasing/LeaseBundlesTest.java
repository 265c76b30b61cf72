package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.cluster.Placement;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.state.Seen;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Submissions;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.StateMessages.SubmitAll;
import dev.orderly.state.StateMessages.Taken;
import dev.orderly.state.review.ReviewMessages;
import dev.orderly.state.review.ReviewMessages.RejectItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Leases that share a row: where they stand, and that nobody else can tell. */
class LeaseBundlesTest {
  private static final int ITEMS = 10;
  private static final int ROUNDS = 25;

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;
  private static Engine other;

  private UUID order;

  @BeforeAll
  static void start() {
    engine = new Engine(db, Placement.alone("one", Engine.DESK_HOSTS));
    other = engine.another(Placement.alone("two", Engine.DESK_HOSTS));
  }

  @BeforeEach
  void propose() {
    order = propose(ITEMS);
  }

  private static UUID propose(int items) {
    return propose(new TestType("bundles-" + UUID.randomUUID()), items);
  }

  /** Of a type that the first node knows: it has seen a result of it. */
  private static UUID propose(TestType type, int items) {
    engine.type(type);
    engine.submit(engine.checkout("known", engine.propose(type.name(), 1)));
    return engine.propose(type.name(), items);
  }

  private static List<LeasedItem> checkout(Engine node, String agent, UUID order, int max) {
    return TestDatabase.await(
            node.desks().checkout(Checkout.now(Engine.caller(agent), List.of(), order, null, max)))
        .items();
  }

  private List<LeasedItem> leased() {
    var items = checkout(engine, "a", order, ITEMS);
    assertThat(items).hasSize(ITEMS);
    assertThat(bundled()).isEqualTo(ITEMS);
    return items;
  }

  private static Future<Submissions> submitLater(Engine node, List<LeasedItem> items) {
    return node.call(
        StateMessages.SUBMIT_ALL,
        new SubmitAll(
            items.stream()
                .map(
                    item ->
                        new Submit(
                            Engine.caller("a"),
                            item.id(),
                            Engine.proof(item),
                            new JsonObject().put("ok", true),
                            null,
                            null,
                            null,
                            null))
                .toList()));
  }

  private static List<Taken> submit(Engine node, List<LeasedItem> items) {
    return TestDatabase.await(submitLater(node, items)).taken();
  }

  private static void assertTaken(List<Taken> all) {
    assertThat(all).allSatisfy(taken -> assertThat(taken.answer().status()).isEqualTo(202));
  }

  /** How many of the order's leases stand in bundles. */
  private long bundled() {
    return db.value(
        "select coalesce(sum(cardinality(item_ids)), 0) from lease_bundles where order_id = $1",
        order);
  }

  private long count(String condition) {
    return db.value(
        "select count(*) from work_items_now where order_id = $1 and " + condition, order);
  }

  private void assertCountsAreRight() {
    var counted =
        db.rows(
            """
            select items_queued as queued, items_leased as leased, items_in_progress as in_progress,
              items_submitted as submitted, items_cancelled as cancelled
            from work_orders where id = $1
            """,
            order);
    assertThat(counted)
        .containsExactly(
            db.rows(
                    """
                    select count(*) filter (where state = 'queued')::int as queued,
                      count(*) filter (where state = 'leased')::int as leased,
                      count(*) filter (where state = 'in_progress')::int as in_progress,
                      count(*) filter (where state = 'submitted')::int as submitted,
                      count(*) filter (where state = 'cancelled')::int as cancelled
                    from work_items_now where order_id = $1
                    """,
                    order)
                .getFirst());
    assertThat(
            db.<Long>value(
                """
                select count(*) from work_items_now i full join work_queue q on q.item_id = i.id
                where coalesce(i.order_id, q.order_id) = $1
                  and (q.item_id is not null) <> coalesce(i.state = 'queued' and not i.held, false)
                """,
                order))
        .as("what is queued is in the queue, and nothing else")
        .isZero();
  }

  @Test
  void whatOneCallGetsOfAnOrderSharesARow() {
    var items = leased();

    assertThat(db.<Long>value("select count(*) from lease_bundles where order_id = $1", order))
        .isOne();
    assertThat(db.<Long>value("select count(*) from work_queue where order_id = $1", order))
        .isZero();
    assertThat(count("state = 'leased' and fence = 1 and leased_by_agent_id = 'a'"))
        .isEqualTo(ITEMS);
    assertThat(items).allSatisfy(item -> assertThat(item.lease().fence()).isOne());
    assertThat(Engine.refusal(() -> checkout(engine, "b", order, 1)).code())
        .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    assertCountsAreRight();
  }

  @Test
  void fewLeasesStandInTheRowsOfTheirItems() {
    try (var apart = new TestDatabase()) {
      apart.open();
      var node = new Engine(apart, Heartbeats.none(), ITEMS);
      node.type(new TestType("few"));
      var few = node.propose("few", ITEMS);
      assertThat(checkout(node, "a", few, ITEMS - 1)).hasSize(ITEMS - 1);
      assertThat(apart.<Long>value("select count(*) from lease_bundles")).isZero();
      assertThat(apart.<Long>value("select count(*) from work_items where state = 'leased'"))
          .isEqualTo(ITEMS - 1);
    }
  }

  @Test
  void leasesThatCountAgainstALimitAreNotBundled() {
    var limits = new AgentLimits(new AgentLimits.Numbers(50, Map.of()), AgentLimits.Numbers.NONE);
    try (var limited = new TestDatabase()) {
      limited.open();
      var node = new Engine(limited, limits, 1000);
      node.type(new TestType("counted"));
      assertThat(checkout(node, "a", node.propose("counted", ITEMS), ITEMS)).hasSize(ITEMS);
      assertThat(limited.<Long>value("select count(*) from lease_bundles")).isZero();
    }
  }

  @Test
  void itsResultsEndABundle() {
    var items = leased();

    assertTaken(submit(engine, items));

    assertThat(bundled()).isZero();
    assertThat(
            db.<Long>value(
                """
                select count(*) from work_items where order_id = $1 and state = 'submitted' and fence = 1
                  and submitted_by_agent_id = 'a' and leased_by_agent_id is null
                """,
                order))
        .isEqualTo(ITEMS);
    assertCountsAreRight();
  }

  @Test
  void resultsOfSomeLeaveTheOthersLeased() {
    var items = leased();

    assertTaken(submit(engine, items.subList(0, 3)));

    assertThat(bundled()).isEqualTo(ITEMS - 3);
    assertThat(count("state = 'leased'")).isEqualTo(ITEMS - 3);
    assertCountsAreRight();
    for (var item : items.subList(3, ITEMS)) {
      engine.submit(item);
    }
    assertThat(bundled()).isZero();
    assertThat(engine.orderState(order)).isEqualTo("submitted");
    assertCountsAreRight();
  }

  @Test
  void aNodeThatDoesNotRememberTheLeasesTakesTheirResultsToo() {
    var items = leased();

    assertTaken(submit(other, items.subList(0, 4)));
    assertTaken(submit(engine, items.subList(4, ITEMS)));

    assertThat(bundled()).isZero();
    assertThat(count("state = 'submitted' and fence = 1")).isEqualTo(ITEMS);
    assertCountsAreRight();
  }

  @ParameterizedTest
  @ValueSource(strings = {"heartbeat", "release", "fail"})
  void anythingElseBreaksABundleUp(String what) {
    var items = leased();
    var first = items.getFirst();
    switch (what) {
      case "heartbeat" -> engine.heartbeat(first);
      case "release" -> engine.release(first);
      default -> engine.fail(first, true);
    }

    assertThat(bundled()).isZero();
    assertThat(
            db.<Long>value(
                """
                select count(*) from work_items where order_id = $1 and state = 'leased' and fence = 1
                  and leased_by_agent_id = 'a' and lease_expires_at > now() + interval '9 minutes'
                """,
                order))
        .isEqualTo(ITEMS - 1);
    assertThat(engine.itemState(first.id()))
        .isEqualTo(what.equals("heartbeat") ? "in_progress" : "queued");
    assertCountsAreRight();
    assertTaken(submit(engine, items.subList(1, ITEMS)));
    assertCountsAreRight();
  }

  @Test
  void aBundleThatLapsesIsTakenBackItemByItem() {
    order = propose(new TestType("bundles-that-lapse").leaseSeconds(1), ITEMS);
    var items = leased();
    var waiting =
        engine.checkoutWaiting("b", List.of(items.getFirst().type()), 20_000, UUID.randomUUID());

    assertThat(TestDatabase.await(waiting).items().getFirst().lease().fence()).isEqualTo(2);

    assertThat(bundled()).as("the new lease").isOne();
    assertThat(
            db.<Long>value(
                "select count(*) from work_events where order_id = $1 and event = 'lease_expired'",
                order))
        .isEqualTo(ITEMS);
    assertThat(submit(engine, items))
        .allSatisfy(
            taken ->
                assertThat(taken.refusal().code())
                    .isIn(ErrorCode.LEASE_EXPIRED, ErrorCode.STALE_FENCE));
    assertCountsAreRight();
  }

  @Test
  void aResultThatComesAfterItsTimeIsRefusedThoughNobodyTookTheBundleBack() {
    var items = leased();
    db.leave(items.getFirst().id(), -1);

    assertThat(submit(engine, items))
        .allSatisfy(taken -> assertThat(taken.refusal().code()).isEqualTo(ErrorCode.LEASE_EXPIRED));
    assertThat(count("result is not null")).isZero();
  }

  @Test
  void aCancelledOrderHasNoBundles() {
    var items = leased();

    engine.cancel(order);

    assertThat(bundled()).isZero();
    assertThat(count("state = 'cancelled' and fence = 1")).isEqualTo(ITEMS);
    assertThat(submit(engine, items))
        .allSatisfy(
            taken -> assertThat(taken.refusal().code()).isEqualTo(ErrorCode.STATE_CONFLICT));
    assertCountsAreRight();
  }

  @Test
  void nobodyTakesABundledItemOutOfTheQueueThatItIsNotIn() {
    var item = leased().getFirst();

    assertThatThrownBy(
            () ->
                db.execute(
                    """
                    update work_items set held = true where id = $1
                    """,
                    item.id()))
        .hasMessageContaining("is leased in a bundle");
  }

  @Test
  void oneWhoNamesAnItemTwiceOverTwoNodesHasOneResult() {
    for (int round = 0; round < ROUNDS; round++) {
      order = propose(ITEMS);
      var items = leased();
      var here = submitLater(engine, items);
      var there = submitLater(other, items);

      var answers = List.of(TestDatabase.await(here).taken(), TestDatabase.await(there).taken());

      for (int i = 0; i < ITEMS; i++) {
        int place = i;
        assertThat(answers.stream().filter(taken -> taken.get(place).answer() != null)).hasSize(1);
      }
      assertThat(
              db.<Long>value(
                  "select count(*) from work_events where order_id = $1 and event = 'submitted'"
                      + " and item_id is not null",
                  order))
          .isEqualTo(ITEMS);
      assertCountsAreRight();
    }
  }

  /** What comes at the same time is taken one after the other, in whatever order. */
  @ParameterizedTest
  @ValueSource(strings = {"heartbeat", "release", "cancel", "checkout"})
  void resultsRaceWithAnythingElse(String what) {
    for (int round = 0; round < ROUNDS; round++) {
      order = propose(ITEMS + 2);
      var items = checkout(engine, "a", order, ITEMS);
      var some = items.subList(0, 6);
      Supplier<Future<?>> rival =
          switch (what) {
            case "heartbeat" -> () -> other.heartbeatLater(some.getLast());
            case "release" -> () -> other.releaseLater(some.getLast());
            case "checkout" ->
                () ->
                    other
                        .desks()
                        .checkout(Checkout.now(Engine.caller("b"), List.of(), order, null, ITEMS));
            default ->
                () ->
                    other.call(
                        StateMessages.CANCEL,
                        new StateMessages.Cancel(
                            Engine.caller("tester"), order, "enough", true, null));
          };
      var submitted = submitLater(engine, some);
      var done = rival.get();

      var taken = TestDatabase.await(submitted).taken();
      TestDatabase.await(done.transform(any -> Future.succeededFuture()));

      assertThat(taken)
          .as("each is taken or refused, and nothing breaks")
          .allSatisfy(
              one ->
                  assertThat(
                          one.answer() != null
                              || one.refusal().code() == ErrorCode.STATE_CONFLICT
                              || one.refusal().code() == ErrorCode.STALE_FENCE)
                      .isTrue());
      assertThat(count("result is not null"))
          .isEqualTo(taken.stream().filter(one -> one.answer() != null).count());
      assertCountsAreRight();
    }
  }

  /** A deadlock would be ended by the database after a second, and so would not be seen. */
  @Test
  void oneItemIsSentBackWhileResultsOfTheOthersCome() {
    db.execute("alter system set deadlock_timeout = '1h'");
    db.<Boolean>value("select pg_reload_conf()");
    try {
      for (int round = 0; round < ROUNDS; round++) {
        order = propose(5 * ITEMS);
        var first = checkout(engine, "a", order, 1);
        assertTaken(submit(engine, first));
        var bundles = List.of(take(), take(), take(), take());
        var results =
            bundles.stream()
                .flatMap(List::stream)
                .map(item -> submitLater(engine, List.of(item)))
                .toList();
        var back =
            TestDatabase.await(
                engine.call(
                    ReviewMessages.REJECT_ITEM,
                    new RejectItem(
                        Engine.caller("reviewer"),
                        first.getFirst().id(),
                        List.of(new Violation("/ok", "wrong", "look again")),
                        true,
                        Seen.NONE,
                        null)));

        assertThat(back.status()).isEqualTo(200);
        results.forEach(result -> assertTaken(TestDatabase.await(result).taken()));
        assertThat(count("state = 'submitted'")).isEqualTo(4 * ITEMS);
        assertCountsAreRight();
      }
    } finally {
      db.execute("alter system reset deadlock_timeout");
      db.<Boolean>value("select pg_reload_conf()");
    }
  }

  private List<LeasedItem> take() {
    return checkout(engine, "a", order, ITEMS);
  }

  @Test
  void manyAgentsLeaseAndSubmitAtBothNodesAndNothingIsGivenTwice() {
    order = propose(400);
    var rounds =
        IntStream.range(0, 8).mapToObj(agent -> workOff(agent % 2 == 0 ? engine : other)).toList();
    TestDatabase.await(Future.all(rounds));

    assertThat(bundled()).isZero();
    assertThat(count("state = 'submitted' and fence = 1")).isEqualTo(400);
    assertThat(
            db.<Long>value(
                "select count(*) from work_events where order_id = $1 and event = 'leased'", order))
        .isEqualTo(400);
    assertCountsAreRight();
  }

  /** Until nothing is left. */
  private Future<?> workOff(Engine node) {
    return node.desks()
        .checkout(Checkout.now(Engine.caller("a"), List.of(), order, null, 12))
        .transform(
            out ->
                out.failed()
                    ? Future.succeededFuture()
                    : submitLater(node, out.result().items())
                        .compose(
                            done -> {
                              assertTaken(done.taken());
                              return workOff(node);
                            }));
  }
}
