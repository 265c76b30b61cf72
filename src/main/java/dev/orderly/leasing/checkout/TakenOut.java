package dev.orderly.leasing.checkout;

import dev.orderly.leasing.checkout.WriteLeases.Leased;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/** Takes items that are being leased out of their queues. */
final class TakenOut {
  private static final String DELETE =
      """
      delete from work_queue q
      using (select unnest($1::uuid[]) as item_id, unnest($2::uuid[]) as order_id, unnest($3::int[]) as priority) x
      where q.order_id = x.order_id and q.priority = x.priority and q.item_id = x.item_id
      """;

  private TakenOut() {}

  /** Fails if one of them is not there, though its place was locked. */
  static Future<?> of(SqlConnection connection, List<Leased> leases) {
    return connection
        .preparedQuery(DELETE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(leases.stream().map(Leased::id).toArray(UUID[]::new))
                .addArrayOfUUID(
                    leases.stream().map(l -> l.given().item().orderId()).toArray(UUID[]::new))
                .addArrayOfInteger(
                    leases.stream().map(l -> l.given().item().priority()).toArray(Integer[]::new)))
        .map(
            rows -> {
              if (rows.rowCount() != leases.size()) {
                throw new IllegalStateException("an item that is leased was not in its queue");
              }
              return null;
            });
  }
}
