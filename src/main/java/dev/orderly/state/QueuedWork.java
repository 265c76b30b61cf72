package dev.orderly.state;

import dev.orderly.bus.Bus;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.OrderView;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** Tells those who wait for work what a command put into the queues, once it is committed. */
public final class QueuedWork {
  private static final String OF_ORDER =
      """
      select tenant, type, count(*)::int as items from work_items
      where order_id = $1 and state = 'queued' and not held group by tenant, type
      """;

  private QueuedWork() {}

  /** A new order's items, without those that wait for others of it. */
  static void announce(Bus bus, OrderView order, List<ItemPlan> items) {
    items.stream()
        .filter(item -> item.dependsOn().isEmpty())
        .collect(
            Collectors.groupingBy(
                item -> OrderPlan.queue(item, order), Collectors.summingInt(item -> 1)))
        .forEach((type, count) -> WorkHints.publish(bus, order.tenant(), type, count, 0));
  }

  /** Whatever of an order is queued now. */
  public static void announce(Bus bus, Pool pool, UUID orderId) {
    for (Row row : pool.preparedQuery(OF_ORDER).execute(Tuple.of(orderId)).await()) {
      WorkHints.publish(
          bus, row.getString("tenant"), row.getString("type"), row.getInteger("items"), 0);
    }
  }
}
