package dev.orderly.lifecycle;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * Leases of items of one order that one call got share a row, their bundle, until something else
 * than a result happens to one of them. Here bundles are broken up: each item's lease is written to
 * the item's row, as if it had been there from the beginning.
 *
 * <p>Bundles are locked after queues and before items.
 */
public final class LeaseBundles {
  /** How many lapsed leases are written to their rows at once, but for the last bundle's. */
  private static final int LAPSED_AT_ONCE = 500;

  private static final String OF_ITEMS =
      """
      select distinct b.id from work_items i
        cross join lateral (
          select id from lease_bundles
          where order_id = i.order_id and last_item >= i.id and first_item <= i.id and i.id = any(item_ids)
          order by last_item limit 1) b
      where i.id = any($1) and i.state = 'queued' and not i.held
      """;

  private static final String OF_ORDERS = "select id from lease_bundles where order_id = any($1)";

  private static final String ALL = "select id from lease_bundles";

  private static final String LAPSED =
      """
      select id, cardinality(item_ids) as items from lease_bundles where expires_at <= clock_timestamp()%s
      order by expires_at limit %d for update skip locked
      """;

  private static final String ALL_LAPSED = LAPSED.formatted("", LAPSED_AT_ONCE);

  // A statement of its own: planned once for both, it would read all bundles.
  private static final String LAPSED_OF_QUEUE =
      LAPSED.formatted(" and tenant = $1 and type = $2", LAPSED_AT_ONCE);

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
   * Breaks up some of the bundles whose time is over, but none that others have locked.
   *
   * @return whether there may be more
   */
  public static Future<Boolean> lapsed(SqlConnection connection) {
    return lapsed(connection, ALL_LAPSED, Tuple.tuple());
  }

  /** As {@link #lapsed(SqlConnection)}, of one queue. */
  public static Future<Boolean> lapsed(SqlConnection connection, String tenant, String type) {
    return lapsed(connection, LAPSED_OF_QUEUE, Tuple.of(tenant, type));
  }

  private static Future<Boolean> lapsed(SqlConnection connection, String search, Tuple parameters) {
    return connection
        .preparedQuery(search)
        .execute(parameters)
        .compose(
            rows -> {
              var some = new ArrayList<UUID>();
              int items = 0;
              for (Row row : rows) {
                if (items < LAPSED_AT_ONCE) {
                  some.add(row.getUUID("id"));
                  items += row.getInteger("items");
                }
              }
              boolean more = some.size() < rows.size() || rows.size() == LAPSED_AT_ONCE;
              return breakUp(connection, some).map(more);
            });
  }

  private static Tuple ids(Collection<UUID> ids) {
    return Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new));
  }

  private static Future<?> found(SqlConnection connection, String search, Tuple parameters) {
    return connection
        .preparedQuery(search)
        .execute(parameters)
        .compose(
            bundles ->
                breakUp(connection, bundles.stream().map(row -> row.getUUID("id")).toList()));
  }

  private static Future<?> breakUp(SqlConnection connection, List<UUID> bundles) {
    return bundles.isEmpty()
        ? Future.succeededFuture()
        : connection.preparedQuery(BREAK_UP).execute(ids(bundles));
  }
}
