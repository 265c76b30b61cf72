package dev.orderly.state.dependencies;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** Says what blocked items wait for. For virtual threads. */
public final class Blockers {
  /** How many of each kind are told of an item; {@code waits_for} counts them all. */
  static final int SHOWN = 20;

  private static final String ITEMS =
      """
      select b.* from unnest($1::uuid[]) as w(id) cross join lateral (
        select d.item_id, i.id, i.key, i.state from item_dependencies d
          join work_items_now i on i.id = d.depends_on_item_id
        where d.item_id = w.id and not d.satisfied order by i.position limit $2) b
      """;

  private static final String ORDERS =
      """
      select b.* from unnest($1::uuid[]) as w(id) cross join lateral (
        select d.order_id, o.id, o.type, o.state, o.reverted_by_order_id from order_dependencies d
          join work_orders o on o.id = d.depends_on_order_id
        where d.order_id = w.id and not d.satisfied order by o.id limit $2) b
      """;

  private final SqlClient client;

  public Blockers(SqlClient client) {
    this.client = client;
  }

  /** An item that waits, as it goes on the wire. */
  public record Blocked(UUID itemId, UUID orderId, JsonObject item) {}

  /** Adds to {@code blocked_by} of each what it waits for. */
  public void add(Collection<Blocked> blocked) {
    if (blocked.isEmpty()) {
      return;
    }
    var orders =
        by(
            "order_id",
            ORDERS,
            blocked.stream().map(Blocked::orderId).distinct().toArray(UUID[]::new));
    var items = by("item_id", ITEMS, blocked.stream().map(Blocked::itemId).toArray(UUID[]::new));
    for (var each : blocked) {
      var blockedBy = new JsonArray();
      orders.getOrDefault(each.orderId(), new JsonArray()).forEach(blockedBy::add);
      items.getOrDefault(each.itemId(), new JsonArray()).forEach(blockedBy::add);
      each.item().put("blocked_by", blockedBy);
    }
  }

  private Map<UUID, JsonArray> by(String column, String sql, UUID[] ids) {
    var found = new HashMap<UUID, JsonArray>();
    boolean items = column.equals("item_id");
    for (Row row :
        client
            .preparedQuery(sql)
            .execute(Tuple.tuple().addArrayOfUUID(ids).addInteger(SHOWN))
            .await()) {
      found
          .computeIfAbsent(row.getUUID(column), id -> new JsonArray())
          .add(items ? item(row) : order(row));
    }
    return found;
  }

  private static JsonObject item(Row row) {
    return new JsonObject()
        .put("item_id", row.getUUID("id").toString())
        .put("key", row.getString("key"))
        .put("state", row.getString("state"));
  }

  private static JsonObject order(Row row) {
    var order =
        new JsonObject()
            .put("order_id", row.getUUID("id").toString())
            .put("type", row.getString("type"))
            .put("state", row.getString("state"));
    var revertedBy = row.getUUID("reverted_by_order_id");
    return revertedBy == null ? order : order.put("reverted_by", revertedBy.toString());
  }
}
