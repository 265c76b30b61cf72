package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the table of orders refuses, whoever writes to it. */
class OrderChecksTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          QUEUED    | state = 'lost'
          QUEUED    | type = ''
          QUEUED    | type = repeat('t', 121)
          QUEUED    | priority = -1
          QUEUED    | priority = 1001
          QUEUED    | requested_by_type = 'robot'
          QUEUED    | on_item_failure = 'ignore'
          QUEUED    | items_queued = -1
          QUEUED    | items_leased = -1
          QUEUED    | items_in_progress = -1
          QUEUED    | items_submitted = -1
          QUEUED    | items_accepted = -1
          QUEUED    | items_completed = -1
          QUEUED    | items_rejected = -1
          QUEUED    | items_failed = -1
          QUEUED    | items_dead_lettered = -1
          QUEUED    | items_cancelled = -1
          QUEUED    | apply_max_attempts = 0
          QUEUED    | apply_next_at = now()
          QUEUED    | apply_owner = 'a', apply_lease_expires_at = now()
          QUEUED    | completed_at = now()
          QUEUED    | review_quorum = 0
          QUEUED    | review_quorum = 21
          QUEUED    | review_escalate_seconds = 0
          QUEUED    | items_satisfied_by = 'completed'
          QUEUED    | held_for_review = true
          QUEUED    | reverted_by_order_id = id
          APPROVED  | approved_at = null
          APPROVED  | apply_next_at = null
          APPROVED  | apply_owner = 'a'
          APPROVED  | apply_lease_expires_at = now()
          APPROVED  | state = 'applied'
          APPROVED  | state = 'applied', applied_at = now()
          APPROVED  | state = 'applied', diff = '{}'
          APPROVED  | held_for_review = true
          COMPLETED | completed_at = null
          COMPLETED | applied_at = null
          COMPLETED | diff = null
          COMPLETED | apply_next_at = now()
          """)
  void refusesAnOrderThatIsNotSound(OrderState state, String change) {
    var order = OrderRows.inState(db, state, "checked", ItemState.QUEUED);

    assertThatThrownBy(
            () -> db.execute("update work_orders set " + change + " where id = $1", order))
        .isInstanceOfSatisfying(
            PgException.class, e -> assertThat(e.getConstraint()).isEqualTo("work_orders_sound"));
  }

  @Test
  void takesWhatIsHeldOrUndone() {
    var applied = OrderRows.inState(db, OrderState.APPROVED, "checked", ItemState.ACCEPTED);
    db.execute(
        """
        update work_orders set state = 'applied', applied_at = now(), diff = '{}', held_for_review = true,
          apply_owner = 'a', apply_lease_expires_at = now()
        where id = $1
        """,
        applied);
    var completed = OrderRows.inState(db, OrderState.COMPLETED, "checked", ItemState.ACCEPTED);
    db.execute(
        """
        update work_orders set reverted_by_order_id = id, review_quorum = 20,
          review_escalate_seconds = 1, items_satisfied_by = 'accepted'
        where id = $1
        """,
        completed);

    assertThat(
            db.<Long>value(
                "select count(*) from work_orders where held_for_review or reverted_by_order_id = id"))
        .isEqualTo(2);
  }
}
