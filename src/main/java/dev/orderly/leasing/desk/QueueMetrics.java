package dev.orderly.leasing.desk;

import dev.orderly.leasing.LeaseMessages.Queue;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gauges per order type: how many items wait and how many are leased. Sampled from the orders' own
 * counts, which cost little to read.
 */
public final class QueueMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(QueueMetrics.class);

  private static final String SAMPLE =
      """
      select tenant, type, sum(items_queued) as waiting, sum(items_leased + items_in_progress) as leased
      from work_orders where state in ('queued', 'checked_out', 'in_progress') group by tenant, type
      """;

  private final Pool pool;
  private final MeterRegistry registry;
  private final Map<Queue, Depth> depths = new HashMap<>();

  private record Depth(AtomicLong waiting, AtomicLong leased) {}

  public QueueMetrics(Pool pool, MeterRegistry registry) {
    this.pool = pool;
    this.registry = registry;
  }

  /** Samples now and then once in so many seconds, on one event loop. */
  public void start(Vertx vertx, int everySeconds) {
    var context = vertx.getOrCreateContext();
    context.runOnContext(
        now -> {
          sample();
          vertx.setPeriodic(everySeconds * 1000L, timer -> sample());
        });
  }

  private void sample() {
    pool.query(SAMPLE)
        .execute()
        .onComplete(
            this::record,
            failure -> LOG.debug("Queue depths could not be read: {}", failure.getMessage()));
  }

  private void record(RowSet<Row> rows) {
    var gone = new HashSet<>(depths.keySet());
    for (Row row : rows) {
      var queue = new Queue(row.getString("tenant"), row.getString("type"));
      gone.remove(queue);
      var depth = depths.computeIfAbsent(queue, this::register);
      depth.waiting().set(row.getLong("waiting"));
      depth.leased().set(row.getLong("leased"));
    }
    for (var queue : gone) {
      depths.get(queue).waiting().set(0);
      depths.get(queue).leased().set(0);
    }
  }

  private Depth register(Queue queue) {
    var depth = new Depth(new AtomicLong(), new AtomicLong());
    gauge("orderly_queue_depth", "Items that wait to be leased", queue, depth.waiting());
    gauge("orderly_leases_live", "Items that agents hold", queue, depth.leased());
    return depth;
  }

  private void gauge(String name, String about, Queue queue, AtomicLong value) {
    Gauge.builder(name, value, AtomicLong::get)
        .description(about)
        .tag("tenant", queue.tenant())
        .tag("type", queue.type())
        .register(registry);
  }
}
