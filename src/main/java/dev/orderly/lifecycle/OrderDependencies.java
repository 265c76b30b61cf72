package dev.orderly.lifecycle;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** Lets the items of orders begin once the orders that they depend on are completed. */
public final class OrderDependencies {
  private static final Actor ACTOR = Actor.system("dependencies");

  // One lock for each order, named by its id, between those who complete it and those who propose
  // orders that depend on it: neither misses the other. The order's own row would not do, which an
  // apply may keep locked for as long as its change takes.
  private static final String LOCK =
      "select pg_advisory_xact_lock(hashtextextended('orderly order ' || $1::uuid, 0))";

  private static final String LOCK_SHARED =
      """
      select pg_advisory_xact_lock_shared(hashtextextended('orderly order ' || id, 0))
      from unnest($1::uuid[]) as id
      """;

  private static final String FLIP =
      """
      update order_dependencies set satisfied = true where depends_on_order_id = $1 and not satisfied
      returning order_id
      """;

  private static final String LOCK_ITEMS =
      "select id from work_items where order_id = any($1) order by id for no key update";

  private static final String COUNT =
      """
      update work_items i set waits_for = i.waits_for - 1,
        held = i.waits_for > 1 or not (o.state = any($2)), updated_at = now()
      from work_orders o where i.order_id = any($1) and o.id = i.order_id
      returning i.id, i.tenant, i.order_id, i.state, i.waits_for
      """;

  private static final String FREED =
      """
      select i.tenant, i.type, count(*)::int as items
      from order_dependencies d join work_queue i on i.order_id = d.order_id
      where d.depends_on_order_id = $1 and d.satisfied
      group by i.tenant, i.type
      """;

  private OrderDependencies() {}

  /**
   * Waits until nobody is just completing any of these orders, and lets nobody until the
   * transaction ends. To be taken before any row is locked.
   */
  public static Future<?> keepFromCompleting(SqlConnection connection, List<UUID> orders) {
    return connection
        .preparedQuery(LOCK_SHARED)
        .execute(Tuple.tuple().addArrayOfUUID(orders.stream().sorted().toArray(UUID[]::new)));
  }

  /** To be called in the transaction that completes an order, as the last thing that it does. */
  public static Future<Void> completed(SqlConnection connection, UUID orderId) {
    var locked = connection.preparedQuery(LOCK).execute(Tuple.of(orderId));
    return Pipeline.both(locked, connection.preparedQuery(FLIP).execute(Tuple.of(orderId)))
        .compose(
            rows -> rows.size() == 0 ? Future.succeededFuture() : count(connection, orderId, rows));
  }

  /** Tells those who wait for work what began with an order's completion, once it is committed. */
  public static Future<?> announce(Bus bus, Pool pool, UUID orderId) {
    return pool.preparedQuery(FREED)
        .execute(Tuple.of(orderId))
        .onSuccess(
            rows ->
                rows.forEach(
                    row ->
                        WorkHints.publish(
                            bus,
                            row.getString("tenant"),
                            row.getString("type"),
                            row.getInteger("items"),
                            0)));
  }

  private static Future<Void> count(
      SqlConnection connection, UUID orderId, RowSet<Row> dependents) {
    var orders = new ArrayList<UUID>();
    dependents.forEach(row -> orders.add(row.getUUID("order_id")));
    var ids = orders.toArray(UUID[]::new);
    var open =
        Arrays.stream(OrderState.values())
            .filter(OrderState::open)
            .map(OrderState::wire)
            .toArray(String[]::new);
    return connection
        .preparedQuery(LOCK_ITEMS)
        .execute(Tuple.tuple().addArrayOfUUID(ids))
        .compose(
            locked ->
                connection
                    .preparedQuery(COUNT)
                    .execute(Tuple.tuple().addArrayOfUUID(ids).addArrayOfString(open)))
        .compose(items -> AuditLog.append(connection, events(orderId, items)));
  }

  private static List<Event> events(UUID orderId, RowSet<Row> items) {
    var payload = new JsonObject().put("orders", new JsonArray().add(orderId.toString()));
    var events = new ArrayList<Event>();
    for (Row row : items) {
      if (row.getInteger("waits_for") == 0 && row.getString("state").equals("queued")) {
        events.add(
            Event.of(
                    row.getString("tenant"),
                    row.getUUID("order_id"),
                    row.getUUID("id"),
                    EventType.UNBLOCKED,
                    ACTOR)
                .payload(payload));
      }
    }
    return events;
  }
}
