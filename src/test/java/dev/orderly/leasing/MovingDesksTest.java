package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Extension;
import dev.orderly.leasing.LeaseMessages.Extensions;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.SeenPlacement;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Desks that move between two nodes, and nodes that do not agree where they are. */
class MovingDesksTest {
  private static final long LONG = 25_000;

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final SeenPlacement ofOne = new SeenPlacement("one", "one", Map.of());
  private static final SeenPlacement ofTwo = new SeenPlacement("two", "one", Map.of());
  private static Engine one;
  private static Engine two;
  private static Context loop;

  @BeforeAll
  static void start() {
    one = new Engine(db, ofOne);
    two = one.another(ofTwo);
    loop = db.vertx().getOrCreateContext();
  }

  private static String type(String name) {
    one.type(new TestType(name));
    return name;
  }

  private static void owner(String node) {
    ofOne.owner(node);
    ofTwo.owner(node);
  }

  private static List<String> agents(int from, int to) {
    return IntStream.range(from, to).mapToObj(n -> "agent-" + n).toList();
  }

  /** Asks the second node on its one loop for an item for each agent. */
  private static List<Future<LeasedItem>> checkoutsInOneTurn(String type, List<String> agents) {
    var asked = Promise.<List<Future<LeasedItem>>>promise();
    loop.runOnContext(
        turn ->
            asked.complete(
                agents.stream()
                    .map(agent -> two.checkoutLater(agent, List.of(type), null))
                    .toList()));
    return TestDatabase.await(asked.future());
  }

  private static UUID item(Future<CheckedOut> checkout) {
    return TestDatabase.await(checkout).items().getFirst().id();
  }

  @Test
  void anyNodeServesEveryCall() {
    owner("one");
    var type = type("moving.any");
    var order = one.propose(type, 1);

    var item = two.checkout("a", List.of(type), null);
    assertThat(two.heartbeat(item).state().wire()).isEqualTo("in_progress");
    assertThat(one.heartbeat(item).state().wire()).isEqualTo("in_progress");
    assertThat(two.release(item).state().wire()).isEqualTo("queued");
    one.submit(two.checkout("a", List.of(type), null));

    assertThat(two.orderState(order)).isEqualTo("submitted");
  }

  @Test
  void theNodeThatAnAgentTalksToRemembersTheLease() {
    owner("one");
    var type = type("moving.remembered");
    one.propose(type, 5);

    var there = two.checkout("a", List.of(type), null);
    assertThat(one.remembers(there)).isFalse();
    assertThat(two.remembers(there)).isTrue();

    assertThat(one.remembers(one.checkout("a", List.of(type), null))).isTrue();
    var waiting = two.checkoutWaiting("a", List.of(type), LONG, UUID.randomUUID());
    assertThat(two.remembers(TestDatabase.await(waiting).items().getFirst())).isTrue();

    var beating = two.checkout("a", List.of(type), null);
    two.heartbeat(beating);
    assertThat(two.remembers(beating)).as("its row has changed").isFalse();

    var submitted = two.checkout("a", List.of(type), null);
    assertThat(two.submit(submitted).status()).isEqualTo(202);
    assertThat(two.remembers(submitted)).as("it was of use").isFalse();
  }

  @Test
  void aLoopsCheckoutsAtAnotherNodeHaveAnswersOfTheirOwn() {
    owner("one");
    var type = type("moving.together");
    one.propose(type, 30);

    var given = checkoutsInOneTurn(type, agents(0, 60));

    TestDatabase.await(Future.join(given).otherwiseEmpty());
    var items = given.stream().filter(Future::succeeded).map(Future::result).toList();
    assertThat(items).hasSize(30);
    assertThat(items).extracting(LeasedItem::id).doesNotHaveDuplicates();
    assertThat(items)
        .allSatisfy(
            item -> assertThat(LeasedItems.json(item).getJsonObject("result_schema")).isNotNull());
    for (int agent = 0; agent < given.size(); agent++) {
      if (given.get(agent).succeeded()) {
        assertThat(given.get(agent).result().lease().agentId()).isEqualTo("agent-" + agent);
      } else {
        assertThat(given.get(agent).cause())
            .isInstanceOfSatisfying(
                Rejected.class,
                refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE));
      }
    }
  }

  @Test
  void aFailureAmongCheckoutsThatTravelTogetherIsThatOnesAlone() {
    owner("one");
    var type = type("moving.broken");
    one.propose(type, 3);
    var notText = "agent\0";

    var given = checkoutsInOneTurn(type, List.of("a", notText, "c"));

    TestDatabase.await(Future.join(given).otherwiseEmpty());
    assertThat(given).extracting(Future::succeeded).containsExactly(true, false, true);
    assertThat(given.get(1).cause())
        .isInstanceOfSatisfying(
            Rejected.class, refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INTERNAL));
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where type = $1 and state = 'leased'", type))
        .isEqualTo(2);
  }

  @Test
  void checkoutsUnderWayToANodeThatGoesAreAnsweredByTheNext() throws Exception {
    var type = type("moving.gone");
    one.propose(type, 30);
    ofOne.owner("one");
    ofTwo.owner("silent");
    var arrived = new CountDownLatch(1);
    Stream.of("silent/0", "silent/1")
        .map(LeaseMessages::checkouts)
        .forEach(
            address ->
                db.bus()
                    .serve(
                        address,
                        together -> {
                          arrived.countDown();
                          return Promise.<CheckoutReplies>promise().future();
                        }));

    var underWay = checkoutsInOneTurn(type, agents(0, 15));
    assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
    ofTwo.owner("one");
    ofTwo.gone("silent");
    TestDatabase.await(Future.join(underWay));
    TestDatabase.await(Future.join(checkoutsInOneTurn(type, agents(15, 30))));

    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where type = $1 and state = 'leased' and fence = 1",
                type))
        .isEqualTo(30);
  }

  @Test
  void whatADeskGivesTooLateComesBackAtOnceAndCostsNoAttempt() {
    owner("one");
    var type = type("moving.late");
    var order = one.propose(type, 1);
    var keepsTheDeskWaiting = db.begun();
    TestDatabase.await(
        keepsTheDeskWaiting
            .preparedQuery("select 1 from work_orders where id = $1 for update")
            .execute(Tuple.of(order)));

    // The other node is patient for a moment, then it looks itself: the item is locked meanwhile.
    var refusal = Engine.refusal(() -> two.checkout("a", List.of(type), null));
    assertThat(refusal.code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
    TestDatabase.await(keepsTheDeskWaiting.close());

    var next = TestDatabase.await(two.checkoutWaiting("b", List.of(type), LONG, UUID.randomUUID()));
    assertThat(next.items().getFirst().attempt()).isEqualTo(1);
    assertThat(next.items().getFirst().lease().fence()).isEqualTo(2);
    assertThat(one.events("order_id", order)).containsSubsequence("leased", "released", "leased");
  }

  @Test
  void whoWaitsMovesWithTheDesk() {
    owner("one");
    var type = type("moving.waiting");
    var waiting = two.checkoutWaiting("a", List.of(type), LONG, UUID.randomUUID());
    // A desk answers in the order of arrival: once this is refused, the one before it waits.
    Engine.refusal(() -> two.checkout("b", List.of(type), null));

    owner("two");
    var order = one.propose(type, 1);

    assertThat(TestDatabase.await(waiting).items().getFirst().orderId()).isEqualTo(order);
  }

  @Test
  void nodesThatDisagreeLeaseNothingTwice() {
    ofOne.owner("one");
    ofTwo.owner("two");
    var type = type("moving.split");
    for (int order = 0; order < 10; order++) {
      one.propose(type, 20);
    }

    var given = new ArrayList<Future<CheckedOut>>();
    for (int agent = 0; agent < 200; agent++) {
      var node = agent % 2 == 0 ? one : two;
      given.add(node.checkoutWaiting("agent-" + agent, List.of(type), LONG, UUID.randomUUID()));
    }

    assertThat(given.stream().map(MovingDesksTest::item).distinct()).hasSize(200);
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where type = $1 and state = 'leased' and fence = 1",
                type))
        .isEqualTo(200);
  }

  @Test
  void standsInForANodeThatIsNotThere() {
    ofOne.owner("nobody");
    var type = type("moving.nobody");
    var order = one.propose(type, 1);

    assertThat(one.checkout("a", List.of(type), null).orderId()).isEqualTo(order);
  }

  @Test
  void theNewDeskTakesBackWhatTheOldOneLeased() {
    owner("one");
    var type = "moving.lapsing";
    one.type(new TestType(type).leaseSeconds(2));
    one.propose(type, 1);
    var held = one.checkout("a", List.of(type), null);
    owner("two");

    var taken = item(one.checkoutWaiting("b", List.of(type), LONG, UUID.randomUUID()));

    assertThat(taken).isEqualTo(held.id());
  }

  @Test
  void aNodeThatCannotReachTheDatabaseIsPassedOver() {
    var type = type("moving.cut-off");
    one.propose(type, 3);
    owner("one");
    var held = one.checkout("a", List.of(type), null);
    var down = Refusal.of(new Rejected(ErrorCode.UNAVAILABLE, "The database does not answer"));
    for (int host = 0; host < Engine.DESK_HOSTS; host++) {
      var at = "sick/" + host;
      db.bus()
          .serve(
              LeaseMessages.heartbeats(at),
              some ->
                  Future.succeededFuture(
                      new Extensions(
                          some.heartbeats().stream()
                              .map(h -> new Extension(null, down))
                              .toList())));
      db.bus()
          .serve(
              LeaseMessages.checkouts(at),
              some ->
                  Future.succeededFuture(
                      new CheckoutReplies(
                          some.checkouts().stream()
                              .map(c -> new CheckoutReplies.Reply(null, down))
                              .toList())));
    }
    owner("sick");
    try {
      assertThat(two.heartbeat(held).itemId()).isEqualTo(held.id());
      assertThat(one.checkout("b", List.of(type), null)).isNotNull();
      assertThat(two.checkout("c", List.of(type), null)).isNotNull();
    } finally {
      owner("one");
    }
  }
}
