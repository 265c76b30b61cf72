package dev.orderly.leasing.checkout.refusal;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Tells orders whose queued items wait for what they depend on. */
final class BlockedOrders {
  private static final String COUNT =
      """
      select w.id, b.items from unnest($1::uuid[]) as w(id) cross join lateral (
        select count(*)::int as items from work_items
        where order_id = w.id and waits_for > 0 and state = 'queued') b
      where b.items > 0
      """;

  private BlockedOrders() {}

  /**
   * @param orders that had nothing to give
   * @return what a checkout of each is refused with; absent if none of its items waits
   */
  static Future<Map<UUID, Rejected>> among(SqlConnection connection, Collection<UUID> orders) {
    if (orders.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return connection
        .preparedQuery(COUNT)
        .execute(Tuple.tuple().addArrayOfUUID(orders.toArray(UUID[]::new)))
        .map(
            rows -> {
              var refusals = new HashMap<UUID, Rejected>();
              for (Row row : rows) {
                var order = row.getUUID("id");
                refusals.put(order, refusal(order, row.getInteger("items")));
              }
              return refusals;
            });
  }

  private static Rejected refusal(UUID order, int items) {
    var blocked = items == 1 ? "1 item waits" : items + " items wait";
    return new Rejected(
        ErrorCode.NO_ITEMS_AVAILABLE,
        "No item of order %s can be leased now; %s for what must be done first"
            .formatted(order, blocked),
        List.of(new Violation("", "blocked", blocked + " for what must be done first")),
        List.of(
            "Check out again later, with a pause that grows",
            "GET the order: blocked_by of its items says what they wait for"));
  }
}
