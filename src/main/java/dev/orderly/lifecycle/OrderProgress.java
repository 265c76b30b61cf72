package dev.orderly.lifecycle;

import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Progress;
import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.domain.Transitions;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Keeps orders in step with their items, inside the transaction that moved the items.
 *
 * <p>Every transaction locks items before orders, and each of both in the order of their ids, so
 * that no two can wait for each other in a circle. The counts on the order's row make its state
 * computable without reading its other items, however many there are.
 */
public final class OrderProgress {
  private static final String COUNTS =
      Arrays.stream(ItemState.values())
          .map(OrderProgress::column)
          .collect(Collectors.joining(", "));

  private static final String LOCK =
      """
      select id, tenant, state, on_item_failure, %s from work_orders
      where id = any($1) order by id for no key update
      """
          .formatted(COUNTS);

  private static final String UPDATE =
      """
      update work_orders o set %s, state = x.state, updated_at = now(),
        last_transitioned_at = case when o.state = x.state then o.last_transitioned_at else now() end
      from unnest($1::uuid[], $2::text[], %s) as x(id, state, %s)
      where o.id = x.id
      """
          .formatted(
              states(state -> column(state) + " = x." + column(state)),
              states(state -> "$" + (3 + state.ordinal()) + "::int[]"),
              COUNTS);

  private static final String HOLD =
      """
      update work_items set held = true, updated_at = now()
      where id in (
        select id from work_items where order_id = any($1) and state = 'queued' and not held
        for update skip locked)
      """;

  private OrderProgress() {}

  /**
   * Takes the moves into the orders' counts and derives the states of those that are open; the
   * state of any other order stays as it is.
   *
   * @param moves of items whose rows this transaction has locked
   * @return every order concerned, by id
   */
  public static Future<Map<UUID, OrderMove>> record(
      SqlConnection connection, List<ItemMove> moves) {
    return record(connection, moves, false);
  }

  /** As {@link #record}, and failed orders are derived too: a retry opens them again. */
  public static Future<Map<UUID, OrderMove>> reopen(
      SqlConnection connection, List<ItemMove> moves) {
    return record(connection, moves, true);
  }

  private static Future<Map<UUID, OrderMove>> record(
      SqlConnection connection, List<ItemMove> moves, boolean reopen) {
    if (moves.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var byOrder = moves.stream().collect(Collectors.groupingBy(ItemMove::orderId));
    return connection
        .preparedQuery(LOCK)
        .execute(Tuple.tuple().addArrayOfUUID(byOrder.keySet().toArray(UUID[]::new)))
        .compose(
            rows -> {
              var after = new HashMap<UUID, OrderMove>();
              for (Row row : rows) {
                var id = row.getUUID("id");
                after.put(id, move(row, byOrder.get(id), reopen));
              }
              return write(connection, after).map(after);
            });
  }

  private static OrderMove move(Row row, List<ItemMove> moves, boolean reopen) {
    var counts = counts(row);
    for (var move : moves) {
      Transitions.ITEM.require(move.from(), move.to());
      counts = counts.moved(move.from(), move.to(), 1);
    }
    var state = OrderState.of(row.getString("state"));
    boolean derived = state.open() || (reopen && state == OrderState.FAILED);
    var policy = OnItemFailure.valueOf(row.getString("on_item_failure").toUpperCase(Locale.ROOT));
    var target = derived ? Progress.of(counts, policy) : state;
    return new OrderMove(
        row.getUUID("id"), row.getString("tenant"), state, Progress.steps(state, target), counts);
  }

  private static Future<Void> write(SqlConnection connection, Map<UUID, OrderMove> orders) {
    var list = new ArrayList<>(orders.values());
    var tuple =
        Tuple.tuple()
            .addArrayOfUUID(list.stream().map(OrderMove::orderId).toArray(UUID[]::new))
            .addArrayOfString(list.stream().map(o -> o.state().wire()).toArray(String[]::new));
    for (var state : ItemState.values()) {
      tuple.addArrayOfInteger(
          list.stream().map(order -> order.counts().in(state)).toArray(Integer[]::new));
    }
    var failed =
        list.stream()
            .filter(order -> order.steps().contains(OrderState.FAILED))
            .map(OrderMove::orderId)
            .toArray(UUID[]::new);
    return connection
        .preparedQuery(UPDATE)
        .execute(tuple)
        .compose(
            done ->
                failed.length == 0
                    ? Future.succeededFuture()
                    : connection.preparedQuery(HOLD).execute(Tuple.tuple().addArrayOfUUID(failed)))
        .mapEmpty();
  }

  /** The counts of a row that has all of an order's count columns. */
  public static ItemCounts counts(Row row) {
    return ItemCounts.of(
        Arrays.stream(ItemState.values()).mapToInt(s -> row.getInteger(column(s))).toArray());
  }

  /** The names of an order's count columns, for a select list. */
  public static String countColumns() {
    return COUNTS;
  }

  private static String column(ItemState state) {
    return "items_" + state.wire();
  }

  private static String states(java.util.function.Function<ItemState, String> text) {
    return Arrays.stream(ItemState.values()).map(text).collect(Collectors.joining(", "));
  }
}
