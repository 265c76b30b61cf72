package dev.orderly.leasing.checkout;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** What was made of the items and orders that leased items depend on: part of their input. */
final class DependencyResults {
  /** How many bytes of results, as JSON, go with an item; of one diff a quarter of it. */
  static final int MAX_BYTES = 1 << 20;

  // In the order of the plan, as long as they fit; what does not is left out and said to be.
  private static final String ITEMS =
      """
      select r.* from unnest($1::uuid[]) as w(id) cross join lateral (
        select s.item_id, s.id, s.key, s.fits, case when s.fits then s.result end as result
        from (
          select d.item_id, i.id, i.key, i.result, i.position,
            sum(octet_length(i.result::text)) over (order by i.position) <= $2 as fits
          from item_dependencies d join work_items i on i.id = d.depends_on_item_id
          where d.item_id = w.id) s
        order by s.position) r
      """;

  private static final String ORDERS =
      """
      select i.id as item_id, o.id, o.type, o.diff->>'summary' as summary,
        octet_length(o.diff::text) <= $2 as fits,
        case when octet_length(o.diff::text) <= $2 then o.diff end as diff
      from work_items i join order_dependencies d on d.order_id = i.order_id
        join work_orders o on o.id = d.depends_on_order_id
      where i.id = any($1) order by o.id
      """;

  private DependencyResults() {}

  /**
   * @param items of orders with dependencies
   * @return what each depends on, orders first; absent if it depends on nothing
   */
  static Future<Map<UUID, JsonArray>> of(SqlConnection connection, Collection<UUID> items) {
    if (items.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var ids = items.toArray(UUID[]::new);
    var found = new HashMap<UUID, JsonArray>();
    return connection
        .preparedQuery(ORDERS)
        .execute(Tuple.tuple().addArrayOfUUID(ids).addInteger(MAX_BYTES / 4))
        .compose(
            orders -> {
              orders.forEach(row -> add(found, row, order(row)));
              return connection
                  .preparedQuery(ITEMS)
                  .execute(Tuple.tuple().addArrayOfUUID(ids).addInteger(MAX_BYTES));
            })
        .map(
            rows -> {
              rows.forEach(row -> add(found, row, item(row)));
              return found;
            });
  }

  private static void add(Map<UUID, JsonArray> found, Row row, JsonObject entry) {
    found.computeIfAbsent(row.getUUID("item_id"), id -> new JsonArray()).add(entry);
  }

  private static JsonObject order(Row row) {
    return new JsonObject()
        .put("order_id", row.getUUID("id").toString())
        .put("type", row.getString("type"))
        .put("summary", row.getString("summary"))
        .put("diff", row.getJsonObject("diff"))
        .put("omitted", !row.getBoolean("fits"));
  }

  private static JsonObject item(Row row) {
    return new JsonObject()
        .put("item_id", row.getUUID("id").toString())
        .put("key", row.getString("key"))
        .put("result", row.getJsonObject("result"))
        .put("omitted", !row.getBoolean("fits"));
  }
}
