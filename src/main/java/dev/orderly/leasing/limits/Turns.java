package dev.orderly.leasing.limits;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;

/** Which keys had their turn, and when. */
public final class Turns {
  // Each key's time is later than that of the one before it: they stand in the order they were
  // served.
  private static final String SERVED =
      """
      insert into lane_turns (tenant, order_type, limit_key, served_at)
      select t, o, k, clock_timestamp() + n * interval '1 microsecond'
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality as x(t, o, k, n)
      on conflict (tenant, order_type, limit_key) do update set served_at = excluded.served_at
      """;

  private Turns() {}

  /** A key of a type. */
  public record Lane(String tenant, String orderType, String key) {}

  /**
   * @param lanes in the order in which they were served, each once
   */
  public static Future<?> served(SqlConnection connection, Collection<Lane> lanes) {
    if (lanes.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(SERVED)
        .execute(
            Tuple.tuple()
                .addArrayOfString(lanes.stream().map(Lane::tenant).toArray(String[]::new))
                .addArrayOfString(lanes.stream().map(Lane::orderType).toArray(String[]::new))
                .addArrayOfString(lanes.stream().map(Lane::key).toArray(String[]::new)));
  }
}
