package dev.orderly.lifecycle;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.UUID;

/**
 * What can be given out, a row for each item. The database keeps it in step with the items; whoever
 * leases an item, or takes it out of its queue otherwise, has its row locked before the item's.
 */
public final class WorkQueue {
  private static final String LOCK =
      """
      select from work_queue where order_id = any($1)
      order by order_id, priority desc, item_id for update
      """;

  private WorkQueue() {}

  /**
   * Keeps what is queued of some orders from being leased until the transaction ends, waits for
   * those who are just leasing of it, and has every lease of theirs written to its item's row. To
   * be called before items are locked.
   */
  public static Future<?> lock(SqlConnection connection, Collection<UUID> orders) {
    return connection
        .preparedQuery(LOCK)
        .execute(Tuple.tuple().addArrayOfUUID(orders.toArray(UUID[]::new)))
        .compose(done -> LeaseBundles.ofOrders(connection, orders));
  }
}
