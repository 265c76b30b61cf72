package dev.orderly.state;

import dev.orderly.bus.Bus;
import dev.orderly.lifecycle.WorkHints;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells those who wait for work what a command put into the queues, once it is committed. */
public final class QueuedWork {
  private static final String OF_ORDER =
      """
      select tenant, type, count(*)::int as items from work_queue
      where order_id = $1 group by tenant, type
      """;

  private static final Logger LOG = LoggerFactory.getLogger(QueuedWork.class);

  private QueuedWork() {}

  /**
   * Whatever of an order is queued now. Nobody waits for it, and nothing depends on it: what was
   * committed is not to be told as a failure because a hint could not be given.
   */
  public static void announce(Bus bus, Pool pool, UUID orderId) {
    pool.preparedQuery(OF_ORDER)
        .execute(Tuple.of(orderId))
        .onComplete(
            rows -> rows.forEach(row -> publish(bus, row)),
            failure ->
                LOG.warn(
                    "Those who wait will find what is queued of order {} by themselves: {}",
                    orderId,
                    failure.getMessage()));
  }

  private static void publish(Bus bus, Row row) {
    WorkHints.publish(
        bus, row.getString("tenant"), row.getString("type"), row.getInteger("items"), 0);
  }
}
