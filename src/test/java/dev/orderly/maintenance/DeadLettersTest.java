package dev.orderly.maintenance;

import static dev.orderly.domain.ItemState.ACCEPTED;
import static dev.orderly.domain.ItemState.CANCELLED;
import static dev.orderly.domain.ItemState.FAILED;
import static dev.orderly.domain.ItemState.LEASED;
import static dev.orderly.domain.ItemState.QUEUED;
import static dev.orderly.domain.ItemState.SUBMITTED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.OrderState;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeadLettersTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @AfterEach
  void clear() {
    db.execute("delete from work_orders");
  }

  private long run() {
    return db.run(() -> new DeadLetters(db.pool(), Duration.ofHours(48)).run());
  }

  private static void failedHoursAgo(UUID order, int hours) {
    db.execute(
        """
        update work_orders set last_transitioned_at = now() - make_interval(hours => $2)
        where id = $1
        """,
        order,
        hours);
    db.execute(
        "update work_items set updated_at = now() - make_interval(hours => $2) where order_id = $1",
        order,
        hours);
  }

  private static String state(UUID order) {
    return db.value("select state from work_orders where id = $1", order);
  }

  @Test
  void putsAsideAnOrderThatHasBeenFailedForTooLongWithItsItems() {
    var order = OrderRows.inState(db, OrderState.FAILED, "sync", FAILED, QUEUED, LEASED, SUBMITTED);
    failedHoursAgo(order, 49);

    assertThat(run()).isEqualTo(1);

    assertThat(state(order)).isEqualTo("dead_lettered");
    assertThat(OrderRows.itemStates(db, order))
        .containsExactly("dead_lettered", "cancelled", "cancelled", "cancelled");
    OrderRows.assertCounted(db, order);
    assertThat(OrderRows.events(db, order))
        .containsExactlyInAnyOrder(
            "dead_lettered 0", "cancelled 1", "cancelled 2", "cancelled 3", "dead_lettered");
    assertThat(OrderRows.events(db, order)).last().isEqualTo("dead_lettered");
  }

  @Test
  void putsAsideAnOrderWhoseApplyFailed() {
    var order = OrderRows.inState(db, OrderState.FAILED, "sync", ACCEPTED);
    failedHoursAgo(order, 49);

    run();

    assertThat(state(order)).isEqualTo("dead_lettered");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("cancelled");
  }

  @Test
  void leavesOrdersThatFailedLatelyOrNotAtAll() {
    var late = OrderRows.inState(db, OrderState.FAILED, "sync", FAILED);
    failedHoursAgo(late, 47);
    var open = OrderRows.inState(db, OrderState.IN_PROGRESS, "sync", FAILED, SUBMITTED, QUEUED);
    failedHoursAgo(open, 49);

    assertThat(run()).isZero();

    assertThat(state(late)).isEqualTo("failed");
    assertThat(OrderRows.itemStates(db, open)).containsExactly("failed", "submitted", "queued");
  }

  @Test
  void putsAsideTheFailedItemsOfAnOrderThatCompletedWithoutThem() {
    var order = OrderRows.inState(db, OrderState.COMPLETED, "sync", FAILED, CANCELLED);
    failedHoursAgo(order, 49);

    assertThat(run()).isEqualTo(1);

    assertThat(state(order)).isEqualTo("completed");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("dead_lettered", "cancelled");
    OrderRows.assertCounted(db, order);
    assertThat(OrderRows.events(db, order)).containsExactly("dead_lettered 0");
  }

  @Test
  void leavesAnOrderOfWhichAChangeIsBeingMade() {
    var order = OrderRows.inState(db, OrderState.FAILED, "sync", FAILED, ACCEPTED);
    failedHoursAgo(order, 49);
    db.execute(
        """
        insert into item_applies (item_id, order_id, tenant, type, type_version, max_attempts, attempts, next_at)
        select i.id, o.id, o.tenant, o.type, o.type_version, 3, 1, now()
        from work_orders o join work_items i on i.order_id = o.id where o.id = $1 and i.state = 'accepted'
        """,
        order);

    assertThat(run()).isZero();
    assertThat(state(order)).isEqualTo("failed");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("failed", "accepted");

    db.execute("update item_applies set attempts = 0 where order_id = $1", order);
    assertThat(run()).isEqualTo(1);
    assertThat(OrderRows.itemStates(db, order)).containsExactly("dead_lettered", "cancelled");
  }

  @Test
  void putsAsideEachOrderInATransactionOfItsOwn() {
    for (int i = 0; i < 3; i++) {
      failedHoursAgo(OrderRows.inState(db, OrderState.FAILED, "sync", FAILED, QUEUED), 49);
    }

    assertThat(run()).isEqualTo(3);

    assertThat(
            db.row(
                """
                select count(distinct e.xid)::int as transactions,
                  count(distinct (e.order_id, e.xid))::int as parts
                from work_events e join work_orders o on o.id = e.order_id
                """))
        .isEqualTo(new JsonObject().put("transactions", 3).put("parts", 3));
  }

  @Test
  void takesMoreThanOneBatch() {
    for (int i = 0; i < 103; i++) {
      failedHoursAgo(OrderRows.inState(db, OrderState.FAILED, "sync", FAILED), 50);
    }

    assertThat(run()).isEqualTo(103);
    assertThat(db.<Long>value("select count(*) from work_orders where state = 'failed'")).isZero();
  }
}
