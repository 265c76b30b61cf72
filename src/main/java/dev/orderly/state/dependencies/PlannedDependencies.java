package dev.orderly.state.dependencies;

import dev.orderly.storage.Ids;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * What the items of a new order wait for.
 *
 * @param graph null if no item depends on another
 * @param earlier the orders that all of them depend on
 */
public record PlannedDependencies(DependencyGraph graph, EarlierOrders earlier) {
  private static final String INSERT =
      """
      insert into item_dependencies (tenant, item_id, depends_on_item_id)
      select $1, i, d from unnest($2::uuid[], $3::uuid[]) as x(i, d)
      """;

  /**
   * The items' dependencies on each other alone.
   *
   * @param graph null if there are none
   */
  public static PlannedDependencies of(DependencyGraph graph) {
    return new PlannedDependencies(graph, EarlierOrders.NONE);
  }

  /** Ids for the plan's items: those of an item's dependencies are lower than its own. */
  public UUID[] ids(int items) {
    var ids = new UUID[items];
    var order = graph == null ? IntStream.range(0, items).toArray() : graph.order();
    for (int item : order) {
      ids[item] = Ids.next();
    }
    return ids;
  }

  /** How many items and orders each item waits for; null if none waits. */
  public Integer[] waitsFor(int items) {
    int orders = earlier.pending().size();
    if (graph == null && orders == 0) {
      return null;
    }
    var counts = new Integer[items];
    Arrays.fill(counts, 0);
    var waits = graph == null ? counts : graph.counts();
    Arrays.setAll(counts, i -> waits[i] + orders);
    return counts;
  }

  /** Keeps what depends on what, once the rows of the order and its items are there. */
  public Future<?> insert(SqlConnection connection, String tenant, UUID orderId, UUID[] ids) {
    var inserted = earlier.insert(connection, tenant, orderId);
    return graph == null ? inserted : Pipeline.both(inserted, insertEdges(connection, tenant, ids));
  }

  private Future<?> insertEdges(SqlConnection connection, String tenant, UUID[] ids) {
    int edges = Arrays.stream(graph.counts()).mapToInt(Integer::intValue).sum();
    var items = new UUID[edges];
    var others = new UUID[edges];
    int edge = 0;
    for (int item = 0; item < graph.size(); item++) {
      for (int other : graph.of(item)) {
        items[edge] = ids[item];
        others[edge++] = ids[other];
      }
    }
    return connection
        .preparedQuery(INSERT)
        .execute(Tuple.of(tenant).addArrayOfUUID(items).addArrayOfUUID(others));
  }
}
