package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Checkouts that wait for work. */
class WaitingTest {
  private static final long LONG = 25_000;

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

  private static Future<CheckedOut> wait(String agent, long millis, String... types) {
    return engine.checkoutWaiting(agent, List.of(types), millis, UUID.randomUUID());
  }

  private static Rejected refusal(Future<?> future) {
    return Engine.refusal(() -> TestDatabase.await(future));
  }

  @Test
  void answersAsSoonAsWorkIsProposed() {
    var type = type("waiting.proposed");
    var waiting = wait("a", LONG, type);

    var order = engine.propose(type, 1);

    assertThat(TestDatabase.await(waiting).items().getFirst().orderId()).isEqualTo(order);
  }

  @Test
  void answersWithNothingWhenTheTimeIsOver() {
    assertThat(refusal(wait("a", 50, type("waiting.in.vain"))).code())
        .isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);
  }

  @Test
  void findsWorkOfAnyOfSeveralTypes() {
    var one = type("waiting.several.one");
    var two = type("waiting.several.two");
    var waiting = wait("a", LONG, one, two);

    var order = engine.propose(two, 1);

    assertThat(TestDatabase.await(waiting).items().getFirst().orderId()).isEqualTo(order);
  }

  @Test
  void givesOneItemToOneOfManyWhoWaitAndTheNextToTheNext() {
    var type = type("waiting.many");
    var waiting = new ArrayList<Future<CheckedOut>>();
    for (int agent = 0; agent < 40; agent++) {
      waiting.add(wait("agent-" + agent, LONG, type));
    }

    for (int order = 0; order < 4; order++) {
      engine.propose(type, 10);
    }

    var items =
        waiting.stream()
            .map(w -> TestDatabase.await(w).items().getFirst().id())
            .distinct()
            .toList();
    assertThat(items).hasSize(40);
  }

  @Test
  void handsOnWhatIsReleased() {
    var type = type("waiting.released");
    engine.propose(type, 1);
    var held = engine.checkout("a", List.of(type), null);
    var waiting = wait("b", LONG, type);

    engine.release(held);

    var taken = TestDatabase.await(waiting).items().getFirst();
    assertThat(taken.id()).isEqualTo(held.id());
    assertThat(taken.lease().fence()).isGreaterThan(held.lease().fence());
  }

  @Test
  void handsOnALeaseThatLapses() {
    var type = "waiting.lapsed";
    engine.type(new TestType(type).leaseSeconds(1));
    engine.propose(type, 1);
    var held = engine.checkout("a", List.of(type), null);

    var taken = TestDatabase.await(wait("b", LONG, type)).items().getFirst();

    assertThat(taken.id()).isEqualTo(held.id());
    assertThat(taken.attempt()).isEqualTo(2);
  }

  @Test
  void handsOnWhatReviewersSendBackAndWhatIsRetried() {
    var type = type("waiting.rework");
    var order = engine.work(engine.propose(type, 1));
    var waiting = wait("b", LONG, type);
    engine.reject(order, true);
    var sentBack = TestDatabase.await(waiting).items().getFirst();
    assertThat(sentBack.orderId()).isEqualTo(order);

    engine.fail(sentBack, false);
    var again = wait("c", LONG, type);
    engine.retryOrder(order);
    assertThat(TestDatabase.await(again).items().getFirst().orderId()).isEqualTo(order);
  }

  @Test
  void givesNothingToWhoHasLeft() {
    var type = type("waiting.left");
    var id = UUID.randomUUID();
    var gone = engine.checkoutWaiting("gone", List.of(type), LONG, id);
    var stays = wait("stays", LONG, type);
    engine.leave(id);
    assertThat(refusal(gone).code()).isEqualTo(ErrorCode.NO_ITEMS_AVAILABLE);

    engine.propose(type, 1);

    assertThat(TestDatabase.await(stays).items().getFirst().lease().agentId()).isEqualTo("stays");
  }

  @Test
  void looksByItselfWhenNoHintComes() {
    var type = type("waiting.unhinted");
    var order = engine.propose(type, 1);
    db.execute(
        "update work_items set available_at = now() + interval '1 hour'" + " where order_id = $1",
        order);
    var waiting = wait("a", LONG, type);

    db.execute("update work_items set available_at = now() where order_id = $1", order);

    assertThat(TestDatabase.await(waiting).items().getFirst().orderId()).isEqualTo(order);
  }
}
