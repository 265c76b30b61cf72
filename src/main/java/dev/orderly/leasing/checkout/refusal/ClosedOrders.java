package dev.orderly.leasing.checkout.refusal;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** Tells orders that give no more work from those that only have none now. */
final class ClosedOrders {
  private static final String FIND =
      """
      select id, state from work_orders
      where id = any($1) and state not in ('queued', 'checked_out', 'in_progress')
      """;

  private ClosedOrders() {}

  /**
   * @param orders that had nothing to give
   * @return why a checkout of each is refused; absent if it is worth asking again
   */
  static Future<Map<UUID, Rejected>> among(SqlConnection connection, Collection<UUID> orders) {
    if (orders.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return connection
        .preparedQuery(FIND)
        .execute(Tuple.tuple().addArrayOfUUID(orders.toArray(UUID[]::new)))
        .map(
            rows -> {
              var refusals = new HashMap<UUID, Rejected>();
              for (Row row : rows) {
                var id = row.getUUID("id");
                refusals.put(id, refusal(id, OrderState.of(row.getString("state"))));
              }
              return refusals;
            });
  }

  private static Rejected refusal(UUID order, OrderState state) {
    return new Rejected(
            ErrorCode.STATE_CONFLICT,
            "Expected to check out an item of order %s, but it is in state %s and gives no more work"
                .formatted(order, state.wire()))
        .next(next(state));
  }

  private static String next(OrderState state) {
    return switch (state) {
      case QUEUED, CHECKED_OUT, IN_PROGRESS ->
          throw new IllegalArgumentException(state + " gives work");
      case SUBMITTED ->
          "Work on other orders; this one gives work again only if a reviewer sends items back";
      case FAILED -> "Work on other orders; this one gives work again only if it is retried";
      case APPROVED, APPLIED, COMPLETED, REJECTED, DEAD_LETTERED, CANCELLED ->
          "Work on other orders; what is still to be done takes a new order";
    };
  }
}
