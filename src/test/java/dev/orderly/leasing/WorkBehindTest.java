package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.Undelivered;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.TypeLimits;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Work behind what cannot be given, or that was given back. Nobody is looked after without a hint
 * in this test's time.
 */
class WorkBehindTest {
  private static final long NEVER_MILLIS = 600_000;

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db, AgentLimits.NONE, NEVER_MILLIS);
  }

  private static UUID propose(String type, String queue, int items) {
    return propose(type, Collections.nCopies(items, queue));
  }

  private static UUID propose(String type, List<String> queues) {
    var items = new JsonArray();
    queues.forEach(queue -> items.add(new JsonObject().put("queue", queue)));
    return Engine.orderId(engine.propose(type, new JsonObject().put("items", items), 0, null));
  }

  private static Future<CheckedOut> wait(String agent, String... queues) {
    return engine.checkoutWaiting(agent, List.of(queues), NEVER_MILLIS, UUID.randomUUID());
  }

  private static boolean isHeld(UUID order) {
    return db.value(
        "select bool_and(held) from work_items_now where order_id = $1 and state = 'queued'",
        order);
  }

  @Test
  void itemsOfATypeThatIsNotInstalledDoNotStandInTheWay() {
    engine.type(new TestType("behind.gone")).type(new TestType("behind.here"));
    var gone = propose("behind.gone", "behind.one", 300);
    engine.remove("behind.gone");
    var here = propose("behind.here", "behind.one", 5);

    var waiting = new ArrayList<Future<CheckedOut>>();
    for (int agent = 0; agent < 4; agent++) {
      waiting.add(wait("waits-" + agent, "behind.one"));
    }
    assertThat(engine.checkout("asks", List.of("behind.one"), null).orderId()).isEqualTo(here);
    for (var item : waiting) {
      assertThat(TestDatabase.await(item).items().getFirst().orderId()).isEqualTo(here);
    }
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where order_id = $1 and state = 'queued'"
                    + " and available_at <= now()",
                gone))
        .as("free for a node that has the type")
        .isEqualTo(300);
  }

  @Test
  void limitedItemsOfATypeThatIsNotInstalledDoNotStandInTheWay() {
    var limits = new TypeLimits(50, null, null, false);
    engine
        .type(new TestType("behind.limited.gone").limited(limits))
        .type(new TestType("behind.limited.here").limited(limits));
    propose("behind.limited.gone", "behind.two", 20);
    engine.remove("behind.limited.gone");
    var here = propose("behind.limited.here", "behind.two", 1);

    assertThat(engine.checkout("asks", List.of("behind.two"), null).orderId()).isEqualTo(here);
  }

  @Test
  void whoeverWaitsForATypeInAnotherQueueGetsTheLeaseThatBecomesFree() {
    engine.type(new TestType("behind.full").limited(new TypeLimits(1, null, null, false)));
    propose("behind.full", "behind.full.first", 1);
    var second = propose("behind.full", "behind.full.second", 1);
    var held = engine.checkout("a", List.of("behind.full.first"), null);
    var waiting = wait("b", "behind.full.second");
    assertThat(
            Engine.refusal(() -> engine.checkout("c", List.of("behind.full.second"), null))
                .errors())
        .isNotEmpty();

    engine.submit(held);

    assertThat(TestDatabase.await(waiting).items().getFirst().orderId()).isEqualTo(second);
  }

  @Test
  void whatAFailedOrderLeftInItsQueueDoesNotStandInTheWay() {
    engine.type(new TestType("behind.failed"));
    var failed = propose("behind.failed", "behind.three", 40);
    var held = engine.checkout("a", List.of("behind.three"), null);
    // As a claim does that looks at them at this moment.
    var claim = TestDatabase.await(db.pool().getConnection());
    var transaction = TestDatabase.await(claim.begin());
    TestDatabase.await(
        claim
            .preparedQuery("select from work_queue where order_id = $1 for update")
            .execute(Tuple.of(failed)));
    engine.fail(held, false);
    TestDatabase.await(transaction.rollback());
    TestDatabase.await(claim.close());
    assertThat(isHeld(failed)).isFalse();
    var next = propose("behind.failed", "behind.three", 1);

    assertThat(engine.checkout("b", List.of("behind.three"), null).orderId()).isEqualTo(next);
    assertThat(isHeld(failed)).isTrue();
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where order_id = $1 and fence > 0", failed))
        .as("leased and put back at most once")
        .isEqualTo(2);
  }

  @Test
  void aLeaseThatNobodyLearnedOfDoesNotMakeItsItemRest() {
    engine.type(new TestType("behind.unseen"));
    propose("behind.unseen", "behind.four", 1);
    for (int time = 1; time <= 4; time++) {
      var item = TestDatabase.await(wait("gone", "behind.four")).items().getFirst();
      assertThat(item.lease().fence()).isEqualTo(time);
      Undelivered.giveBack(engine.desks(), Engine.caller("gone"), List.of(item));
    }
    engine.submit(TestDatabase.await(wait("there", "behind.four")).items().getFirst());
    assertThat(db.<Integer>value("select releases from work_items_now where type = 'behind.four'"))
        .isZero();
  }
}
