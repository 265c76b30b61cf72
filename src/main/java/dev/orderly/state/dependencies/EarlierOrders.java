package dev.orderly.state.dependencies;

import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.lifecycle.OrderDependencies;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;

/**
 * The orders that a new one depends on. As they must be there before it, orders never depend on
 * each other in a circle. For virtual threads.
 *
 * @param ids each once
 * @param pending those that are not completed
 */
public record EarlierOrders(List<UUID> ids, List<UUID> pending) {
  private static final String FIND =
      "select id, state, reverted_by_order_id from work_orders where tenant = $1 and id = any($2)";

  private static final String INSERT =
      """
      insert into order_dependencies (tenant, order_id, depends_on_order_id, satisfied)
      select $1, $2, d, not (d = any($4)) from unnest($3::uuid[]) as d
      """;

  private static final String WAITING =
      """
      select order_id from order_dependencies where depends_on_order_id = $1 and not satisfied
      order by order_id limit 20
      """;

  static final EarlierOrders NONE = new EarlierOrders(List.of(), List.of());

  /**
   * Finds them, and keeps each from being completed until the transaction ends.
   *
   * @param wanted as the proposal names them
   * @throws Rejected {@code invalid} if one is not there, or has ended without being completed
   */
  public static EarlierOrders find(SqlConnection connection, String tenant, List<UUID> wanted) {
    if (wanted.isEmpty()) {
      return NONE;
    }
    var ids = wanted.stream().distinct().toList();
    OrderDependencies.keepFromCompleting(connection, ids).await();
    var states = new HashMap<UUID, OrderState>();
    var reverted = new HashSet<UUID>();
    for (Row row :
        connection
            .preparedQuery(FIND)
            .execute(Tuple.of(tenant).addArrayOfUUID(ids.toArray(UUID[]::new)))
            .await()) {
      states.put(row.getUUID("id"), OrderState.of(row.getString("state")));
      if (row.getUUID("reverted_by_order_id") != null) {
        reverted.add(row.getUUID("id"));
      }
    }
    var violations = new ArrayList<Violation>();
    for (int i = 0; i < wanted.size(); i++) {
      var violation =
          reverted.contains(wanted.get(i))
              ? ended(i, "the order's change was undone")
              : violation(i, states.get(wanted.get(i)));
      if (violation != null) {
        violations.add(violation);
      }
    }
    if (!violations.isEmpty()) {
      throw Rejected.invalid("The order cannot depend on every one of these orders", violations);
    }
    return new EarlierOrders(
        ids, ids.stream().filter(id -> states.get(id) != OrderState.COMPLETED).toList());
  }

  private static Violation violation(int index, OrderState state) {
    if (state == null) {
      return new Violation("/depends_on/" + index, "unknown_order", "is the id of no order");
    }
    return state.terminal() && state != OrderState.COMPLETED
        ? ended(index, "the order is %s and will never be completed".formatted(state.wire()))
        : null;
  }

  private static Violation ended(int index, String why) {
    return new Violation("/depends_on/" + index, "order_ended", why);
  }

  /** For the order's row; null if there are none. */
  public UUID[] column() {
    return ids.isEmpty() ? null : ids.toArray(UUID[]::new);
  }

  /** Keeps what the order depends on, once its row is there. */
  Future<?> insert(SqlConnection connection, String tenant, UUID orderId) {
    return ids.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(INSERT)
            .execute(
                Tuple.of(tenant, orderId)
                    .addArrayOfUUID(ids.toArray(UUID[]::new))
                    .addArrayOfUUID(pending.toArray(UUID[]::new)));
  }

  /** The orders that wait for this one, the first twenty. */
  public static List<UUID> waitingFor(SqlClient client, UUID orderId) {
    var waiting = new ArrayList<UUID>();
    client
        .preparedQuery(WAITING)
        .execute(Tuple.of(orderId))
        .await()
        .forEach(row -> waiting.add(row.getUUID("order_id")));
    return waiting;
  }
}
