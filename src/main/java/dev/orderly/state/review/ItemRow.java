package dev.orderly.state.review;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.state.OrderJson;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Set;
import java.util.UUID;

/** An item's row as its reviewer finds it. */
record ItemRow(UUID id, UUID orderId, ItemState state, long fence) {
  private static final String FIND =
      "select id, order_id, state, fence from work_items_now where tenant = $1 and id = $2";

  // In the row alone: what may be locked here is not leased.
  private static final String LOCK =
      "select id, order_id, state, fence from work_items where tenant = $1 and id = $2 for update";

  private static final String HAS_DEPENDENTS =
      "select from item_dependencies where depends_on_item_id = $1 limit 1";

  private static final String SHOW =
      "select " + OrderJson.ITEM_COLUMNS + " from work_items where id = $1";

  /** An item and its order, both locked. */
  record Locked(ItemRow item, OrderRow order) {}

  static ItemRow find(SqlClient client, String tenant, UUID id) {
    return one(client, FIND, tenant, id);
  }

  /**
   * Locks an item and then its order; the order's other items stay free.
   *
   * @param states in which the item may be
   * @throws Rejected {@code state_conflict} if the item is in another, or its order not under
   *     review; looked at before the locks too, so that nobody waits only to be refused
   */
  static Locked lock(
      SqlConnection connection, String tenant, UUID id, Set<ItemState> states, String action) {
    find(connection, tenant, id).require(states, action);
    var item = one(connection, LOCK, tenant, id);
    item.require(states, action);
    var order = OrderStore.lock(connection, tenant, item.orderId());
    requireUnderReview(order, action);
    return new Locked(item, order);
  }

  /**
   * As {@link #lock}; where items depend on each other, those that depend on this one are locked
   * too, and before the order: they may have to be taken back with it.
   */
  static Locked lockWithDependents(
      SqlConnection connection, String tenant, UUID id, Set<ItemState> states, String action) {
    var found = find(connection, tenant, id);
    found.require(states, action);
    if (connection.preparedQuery(HAS_DEPENDENTS).execute(Tuple.of(id)).await().size() > 0) {
      OrderStore.lockItems(connection, found.orderId()).await();
    }
    return lock(connection, tenant, id, states, action);
  }

  /** An item may be decided while others of its order are still worked on. */
  static void requireUnderReview(OrderRow order, String action) {
    if (!order.state().open()) {
      throw order.conflict(action + " an item of");
    }
  }

  void require(Set<ItemState> states, String action) {
    if (!states.contains(state)) {
      throw new Rejected(
          ErrorCode.STATE_CONFLICT,
          "Expected to %s item %s, but it is in state %s".formatted(action, id, state.wire()));
    }
  }

  /** The item as it goes on the wire. */
  static JsonObject show(SqlClient client, UUID id) {
    Row row = client.preparedQuery(SHOW).execute(Tuple.of(id)).await().iterator().next();
    return OrderJson.item(row);
  }

  private static ItemRow one(SqlClient client, String sql, String tenant, UUID id) {
    var rows = client.preparedQuery(sql).execute(Tuple.of(tenant, id)).await().iterator();
    if (!rows.hasNext()) {
      throw Rejected.notFound("item", id);
    }
    var row = rows.next();
    return new ItemRow(
        row.getUUID("id"),
        row.getUUID("order_id"),
        ItemState.of(row.getString("state")),
        row.getLong("fence"));
  }
}
