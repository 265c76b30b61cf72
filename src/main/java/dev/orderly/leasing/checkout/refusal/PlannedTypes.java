package dev.orderly.leasing.checkout.refusal;

import dev.orderly.leasing.LeaseMessages.Queue;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Knows which item types anything was ever planned for. What was is remembered; only of other types
 * the database is asked. On one event loop.
 */
public final class PlannedTypes {
  private static final int REMEMBERED_MAX = 10_000;

  private static final String FIND =
      """
      select q.tenant, q.type from unnest($1::text[], $2::text[]) as x(tenant, type)
        join queues q on q.tenant = x.tenant and q.type = x.type
      """;

  private final Set<Queue> planned = new HashSet<>();

  /**
   * @return those of the types that nothing was ever planned for
   */
  Future<Set<Queue>> without(SqlConnection connection, Collection<Queue> types) {
    var unknown = new HashSet<>(types);
    unknown.removeAll(planned);
    if (unknown.isEmpty()) {
      return Future.succeededFuture(Set.of());
    }
    return connection
        .preparedQuery(FIND)
        .execute(
            Tuple.tuple()
                .addArrayOfString(unknown.stream().map(Queue::tenant).toArray(String[]::new))
                .addArrayOfString(unknown.stream().map(Queue::type).toArray(String[]::new)))
        .map(
            rows -> {
              if (planned.size() + rows.size() > REMEMBERED_MAX) {
                planned.clear();
              }
              rows.forEach(
                  row -> {
                    var queue = new Queue(row.getString("tenant"), row.getString("type"));
                    planned.add(queue);
                    unknown.remove(queue);
                  });
              return unknown;
            });
  }
}
