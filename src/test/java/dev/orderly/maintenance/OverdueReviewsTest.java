package dev.orderly.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.declarative.DeclarativeType;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OverdueReviewsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
    engine.type(new TestType("unhurried"));
    engine.type(
        DeclarativeType.restore(
            """
            {"type": "hurried", "payload": {}, "plan": "order.payload.items.{\\"input\\": $}[]",
             "submission": {"schema": {}}, "approval": {"escalate_after_seconds": 600}, "apply": {"none": {}}}
            """));
  }

  private static long run() {
    return db.run(() -> new OverdueReviews(db.pool()).run());
  }

  private static void submittedSecondsAgo(UUID order, int seconds) {
    db.execute(
        """
        update work_orders set last_transitioned_at = now() - make_interval(secs => $2) where id = $1
        """,
        order,
        seconds);
  }

  private static long told(UUID order) {
    return engine.events("order_id", order).stream().filter("review_overdue"::equals).count();
  }

  @Test
  void tellsOfAnOrderOnceForEachRoundThatTakesTooLong() {
    var order = engine.work(engine.propose("hurried", 1));
    submittedSecondsAgo(order, 599);
    assertThat(run()).isZero();

    submittedSecondsAgo(order, 601);
    assertThat(run()).isEqualTo(1);
    assertThat(run()).isZero();
    assertThat(told(order)).isEqualTo(1);

    engine.reject(order, true);
    assertThat(run()).isZero();
    engine.work(order);
    // The new round began after the first was told of.
    db.execute(
        "update work_orders set review_escalated_at = now() - interval '1 hour' where id = $1",
        order);
    assertThat(run()).isZero();
    submittedSecondsAgo(order, 601);
    assertThat(run()).isEqualTo(1);
    assertThat(told(order)).isEqualTo(2);
  }

  @Test
  void leavesOrdersOfTypesWithoutALimitAlone() {
    var order = engine.work(engine.propose("unhurried", 1));
    submittedSecondsAgo(order, 1_000_000);

    assertThat(run()).isZero();
    assertThat(told(order)).isZero();
  }

  @Test
  void leavesOrdersThatAreDecidedAlone() {
    var order = engine.work(engine.propose("hurried", 1));
    engine.approve(order, 0);
    submittedSecondsAgo(order, 1_000_000);

    assertThat(run()).isZero();
  }
}
