package dev.orderly.state;

import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Transitions;
import dev.orderly.lifecycle.WorkQueue;
import dev.orderly.state.submit.Submission;
import dev.orderly.storage.Pipeline;
import dev.orderly.types.ItemView;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Reads and writes orders as a whole. For virtual threads. */
public final class OrderStore {
  private static final String FIND =
      "select " + OrderRow.COLUMNS + " from work_orders where tenant = $1 and id = $2";

  private static final String LOCK = FIND + " for no key update";

  private static final String LOCK_ITEMS =
      "select id from work_items where order_id = $1 order by id for update";

  // Whoever locks some of the items and waits for another keeps their holders from going on, and
  // the desk with them; and the code that makes one item's change may keep its row for an hour.
  private static final String NOT_FOR_LONG = "set local lock_timeout = '2s'";

  private static final String ITEMS =
      """
      select id, type, key, input, result, state, fence from work_items
      where order_id = $1 and state = any($2) order by position
      """;

  private static final String STANDINGS =
      "select id, state, fence from work_items where order_id = $1 order by position";

  private static final String SHOW =
      "select " + OrderJson.ORDER_COLUMNS + " from work_orders where id = $1";

  private OrderStore() {}

  /** An item with what shows whether it changed since. */
  public record Submission(ItemView view, ItemState state, long fence) {}

  public static OrderRow find(SqlClient client, String tenant, UUID id) {
    return one(client, FIND, tenant, id);
  }

  /**
   * Locks an order and, before it, its queue and all its items, so that neither changes until the
   * transaction ends. Fails as {@code unavailable} if somebody else keeps one of them for more than
   * a moment.
   *
   * @param requirement throws if the order does not allow what is to be done. It is asked twice:
   *     before, so that nobody waits for a long apply's locks to be refused then, and under the
   *     locks
   */
  public static OrderRow lockWithItems(
      SqlConnection connection, String tenant, UUID id, Consumer<OrderRow> requirement) {
    requirement.accept(find(connection, tenant, id));
    var patience = connection.query(NOT_FOR_LONG).execute();
    Pipeline.both(patience, lockItems(connection, id)).await();
    var order = one(connection, LOCK, tenant, id);
    requirement.accept(order);
    return order;
  }

  /** Locks all items of an order, and its queue before them; to be called before it is locked. */
  public static Future<?> lockItems(SqlConnection connection, UUID id) {
    return WorkQueue.lock(connection, List.of(id))
        .compose(done -> connection.preparedQuery(LOCK_ITEMS).execute(Tuple.of(id)));
  }

  /** Locks an order alone, to be called once those of its items that matter are locked. */
  public static OrderRow lock(SqlConnection connection, String tenant, UUID id) {
    return one(connection, LOCK, tenant, id);
  }

  private static OrderRow one(SqlClient client, String sql, String tenant, UUID id) {
    var rows = client.preparedQuery(sql).execute(Tuple.of(tenant, id)).await().iterator();
    if (!rows.hasNext()) {
      throw Rejected.notFound("order", id);
    }
    return OrderRow.of(rows.next());
  }

  /** Where an item stands, without what is in it: the fence names its submission. */
  public record Standing(UUID id, ItemState state, long fence) {}

  /** All items of an order, in the order of the plan. */
  public static List<Standing> standings(SqlClient client, UUID orderId) {
    var items = new ArrayList<Standing>();
    for (Row row : client.preparedQuery(STANDINGS).execute(Tuple.of(orderId)).await()) {
      items.add(
          new Standing(
              row.getUUID("id"), ItemState.of(row.getString("state")), row.getLong("fence")));
    }
    return items;
  }

  /** The items of an order that are in one of the states, in the order of the plan. */
  public static List<Submission> items(SqlClient client, UUID orderId, Set<ItemState> states) {
    var wanted = states.stream().map(ItemState::wire).toArray(String[]::new);
    var rows =
        client.preparedQuery(ITEMS).execute(Tuple.of(orderId).addArrayOfString(wanted)).await();
    var items = new ArrayList<Submission>();
    for (Row row : rows) {
      items.add(
          new Submission(
              new ItemView(
                  row.getUUID("id"),
                  row.getString("type"),
                  row.getString("key"),
                  row.getJsonObject("input"),
                  row.getJsonObject("result")),
              ItemState.of(row.getString("state")),
              row.getLong("fence")));
    }
    return items;
  }

  /** The order as it goes on the wire. */
  public static JsonObject show(SqlClient client, UUID id) {
    return shown(client, id).await();
  }

  /** As {@link #show}, without waiting. */
  public static Future<JsonObject> shown(SqlClient client, UUID id) {
    return client
        .preparedQuery(SHOW)
        .execute(Tuple.of(id))
        .map(rows -> OrderJson.order(rows.iterator().next()));
  }

  /**
   * Takes a locked order to another state.
   *
   * @param also further assignments, their parameters {@code $1}, {@code $2} …; may be empty
   */
  public static void move(
      SqlConnection connection,
      OrderRow order,
      OrderState to,
      ItemCounts counts,
      String also,
      Object... parameters) {
    Transitions.ORDER.require(order.state(), to);
    var tuple = Tuple.tuple();
    for (var parameter : parameters) {
      tuple.addValue(parameter);
    }
    int next = parameters.length + 1;
    var assignments =
        Arrays.stream(ItemState.values())
            .map(s -> "items_%s = $%d".formatted(s.wire(), next + 2 + s.ordinal()))
            .collect(Collectors.joining(", "));
    tuple.addUUID(order.id()).addString(to.wire());
    for (var count : counts.toArray()) {
      tuple.addInteger(count);
    }
    var sql =
        """
        update work_orders set state = $%d, %s, last_transitioned_at = now(), updated_at = now()%s
        where id = $%d
        """
            .formatted(next + 1, assignments, also.isEmpty() ? "" : ", " + also, next);
    connection.preparedQuery(sql).execute(tuple).await();
  }
}
