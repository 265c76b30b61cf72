package dev.orderly.leasing.checkout;

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
  static Future<?> of(SqlConnection connection, List<Given> given) {
    return connection
        .preparedQuery(DELETE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(given.stream().map(g -> g.item().id()).toArray(UUID[]::new))
                .addArrayOfUUID(given.stream().map(g -> g.item().orderId()).toArray(UUID[]::new))
                .addArrayOfInteger(
                    given.stream().map(g -> g.item().priority()).toArray(Integer[]::new)))
        .map(
            rows -> {
              if (rows.rowCount() != given.size()) {
                throw new IllegalStateException("an item that is leased was not in its queue");
              }
              return null;
            });
  }
}
