package dev.orderly.state;

import dev.orderly.bus.Bus;
import dev.orderly.lifecycle.WorkHints;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** Tells those who wait for work what a command put into the queues, once it is committed. */
public final class QueuedWork {
  private static final String OF_ORDER =
      """
      select tenant, type, count(*)::int as items from work_items
      where order_id = $1 and state = 'queued' and not held group by tenant, type
      """;

  private QueuedWork() {}

  /** Whatever of an order is queued now. */
  public static void announce(Bus bus, Pool pool, UUID orderId) {
    for (Row row : pool.preparedQuery(OF_ORDER).execute(Tuple.of(orderId)).await()) {
      WorkHints.publish(
          bus, row.getString("tenant"), row.getString("type"), row.getInteger("items"), 0);
    }
  }
}
