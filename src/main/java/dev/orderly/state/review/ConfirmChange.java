package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.state.OrderStore;
import dev.orderly.state.StateMessages.Approve;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * Confirms a change that was made and is not the one that was approved: the order goes on as if it
 * were.
 */
final class ConfirmChange {
  private static final String RELEASE =
      """
      update work_orders set held_for_review = false, apply_next_at = now(), updated_at = now()
      where id = $1
      """;

  private ConfirmChange() {}

  static void run(SqlConnection connection, Approve command) {
    var caller = command.caller();
    var order = OrderStore.lock(connection, caller.tenant(), command.orderId());
    if (!order.awaitsConfirmation()) {
      throw order.conflict("confirm the change of");
    }
    connection.preparedQuery(RELEASE).execute(Tuple.of(order.id())).await();
    AuditLog.append(
            connection,
            List.of(
                Event.of(
                        order.tenant(), order.id(), null, EventType.APPLY_CONFIRMED, caller.actor())
                    .message(command.notes())
                    .request(caller.requestId())))
        .await();
  }
}
