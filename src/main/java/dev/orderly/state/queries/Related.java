package dev.orderly.state.queries;

import dev.orderly.state.OrderJson;
import dev.orderly.state.dependencies.Blockers;
import dev.orderly.state.dependencies.Blockers.Blocked;
import dev.orderly.state.queries.parameters.Fields;
import dev.orderly.state.queries.parameters.Resource;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Puts items and events beside orders, each kind with one statement for all of the orders. */
final class Related {
  /** How many events an order shows. */
  static final int EVENTS_MAX = 20;

  // The lateral form lets each order stop at its own limit.
  private static final String ITEMS =
      """
      select i.* from unnest($1::uuid[]) as w(wanted) cross join lateral (
        select %s, position from work_items_now
        where order_id = w.wanted and tenant = $2 order by position limit $3) i
      order by i.order_id, i.position
      """;

  private static final String EVENTS =
      """
      select e.* from unnest($1::uuid[]) as w(wanted) cross join lateral (
        select %s from work_events
        where order_id = w.wanted and group_id = any(array(
          select id from event_groups where order_id = w.wanted and tenant = $2 order by id desc limit $3))
        order by id desc limit $3) e
      order by e.id desc
      """;

  private static final String COUNT_EVENTS =
      """
      select order_id, sum(coalesce(cardinality(item_ids), 1))::bigint as n from event_groups
      where order_id = any($1) and tenant = $2 group by order_id
      """;

  private final SqlClient client;
  private final String tenant;
  private final Fields fields;
  private final Map<UUID, JsonObject> orders;

  /**
   * @param orders by id, as they go on the wire; they are added to
   */
  Related(SqlClient client, String tenant, Fields fields, Map<UUID, JsonObject> orders) {
    this.client = client;
    this.tenant = tenant;
    this.fields = fields;
    this.orders = orders;
  }

  /**
   * Adds {@code items}, in the order of the plan.
   *
   * @param limit of each order; past it {@code items_truncated} is set
   */
  void addItems(int limit) {
    var blocked = new ArrayList<Blocked>();
    var items =
        byOrder(ITEMS.formatted(fields.columns(Resource.ITEMS)), limit + 1L, r -> item(r, blocked));
    new Blockers(client).add(blocked);
    orders.forEach(
        (id, order) -> {
          var own = items.getOrDefault(id, new JsonArray());
          boolean cut = own.size() > limit;
          if (cut) {
            own.remove(limit);
          }
          order.put("items", own);
          if (cut) {
            order.put("items_truncated", true);
          }
        });
  }

  /**
   * @param blocked receives the item if it is to say what it waits for
   */
  private JsonObject item(Row row, List<Blocked> blocked) {
    var json = OrderJson.item(row);
    boolean waits = json.getInteger("waits_for") > 0;
    fields.keep(Resource.ITEMS, json);
    if (waits && json.containsKey("blocked_by")) {
      blocked.add(new Blocked(row.getUUID("id"), row.getUUID("order_id"), json));
    }
    return json;
  }

  /** Adds {@code events}, the latest, newest first. */
  void addEvents() {
    var events =
        byOrder(
            EVENTS.formatted(fields.columns(Resource.EVENTS)),
            EVENTS_MAX,
            row -> fields.keep(Resource.EVENTS, OrderJson.event(row)));
    orders.forEach((id, order) -> order.put("events", events.getOrDefault(id, new JsonArray())));
  }

  /** Adds {@code events_count}. */
  void addEventCounts() {
    var counts = new HashMap<UUID, Long>();
    for (Row row : execute(COUNT_EVENTS, Tuple.of(ids(), tenant))) {
      counts.put(row.getUUID("order_id"), row.getLong("n"));
    }
    orders.forEach((id, order) -> order.put("events_count", counts.getOrDefault(id, 0L)));
  }

  private Map<UUID, JsonArray> byOrder(String sql, long limit, Function<Row, JsonObject> json) {
    var found = new HashMap<UUID, JsonArray>();
    for (Row row : execute(sql, Tuple.of(ids(), tenant, limit))) {
      found.computeIfAbsent(row.getUUID("order_id"), id -> new JsonArray()).add(json.apply(row));
    }
    return found;
  }

  private RowSet<Row> execute(String sql, Tuple parameters) {
    return client.preparedQuery(sql).execute(parameters).await();
  }

  private UUID[] ids() {
    return orders.keySet().toArray(UUID[]::new);
  }
}
