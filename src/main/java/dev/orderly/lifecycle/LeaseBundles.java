package dev.orderly.lifecycle;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.UUID;

/**
 * Leases of items of one order that one call got share a row, their bundle, until something else
 * than a result happens to one of them. Here bundles are broken up: each item's lease is written to
 * the item's row, as if it had been there from the beginning.
 *
 * <p>Bundles are locked after queues and before items.
 */
public final class LeaseBundles {
  private static final int LAPSED_AT_ONCE = 16;

  private static final String OF_ITEMS =
      """
      select b.id from lease_bundles b
      where b.item_ids && $1 and b.order_id in (
        select order_id from work_items where id = any($1) and state = 'queued' and not held)
      """;

  private static final String OF_ORDERS = "select id from lease_bundles where order_id = any($1)";

  private static final String ALL = "select id from lease_bundles";

  private static final String LAPSED =
      """
      select id from lease_bundles where expires_at <= clock_timestamp() and ($1::text is null or (tenant = $1 and type = $2))
      order by expires_at limit\s"""
          + LAPSED_AT_ONCE
          + " for update skip locked";

  // What was leased stays so: whoever took an item out of its bundle meanwhile is waited for.
  private static final String BREAK_UP =
      """
      with locked as (
        select id from lease_bundles where id = any($1) order by id for update),
      gone as (
        delete from lease_bundles b using locked l where b.id = l.id returning b.*)
      update work_items i set state = 'leased', fence = i.fence + 1, leased_by_agent_id = b.agent_id,
        leased_at = b.leased_at, lease_ttl_seconds = b.ttl_seconds,
        heartbeat_every_seconds = b.heartbeat_every_seconds, lease_expires_at = b.expires_at,
        last_heartbeat_at = null, heartbeats = 0, agent_counted = false, updated_at = b.leased_at
      from (select unnest(item_ids) as item_id, * from gone) b where i.id = b.item_id
      """;

  private LeaseBundles() {}

  /** Breaks up the bundles that any of these items are in. */
  public static Future<?> ofItems(SqlConnection connection, Collection<UUID> items) {
    return found(connection, OF_ITEMS, ids(items));
  }

  /** Breaks up the bundles of these orders. */
  public static Future<?> ofOrders(SqlConnection connection, Collection<UUID> orders) {
    return found(connection, OF_ORDERS, ids(orders));
  }

  public static Future<?> all(SqlConnection connection) {
    return found(connection, ALL, Tuple.tuple());
  }

  /**
   * Breaks up bundles whose time is over, but for those that others have locked.
   *
   * @param tenant of the queue; null for all queues
   * @param type of the queue; null for all queues
   * @return whether there may be more
   */
  public static Future<Boolean> lapsed(SqlConnection connection, String tenant, String type) {
    return found(connection, LAPSED, Tuple.of(tenant, type))
        .map(bundles -> bundles == LAPSED_AT_ONCE);
  }

  private static Tuple ids(Collection<UUID> ids) {
    return Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new));
  }

  private static Future<Integer> found(SqlConnection connection, String search, Tuple parameters) {
    return connection
        .preparedQuery(search)
        .execute(parameters)
        .compose(
            bundles ->
                bundles.size() == 0
                    ? Future.succeededFuture(0)
                    : breakUp(connection, bundles).map(bundles.size()));
  }

  private static Future<RowSet<Row>> breakUp(SqlConnection connection, RowSet<Row> bundles) {
    return connection
        .preparedQuery(BREAK_UP)
        .execute(ids(bundles.stream().map(row -> row.getUUID("id")).toList()));
  }
}
