package dev.orderly.lifecycle;

import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Progress;
import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.domain.SatisfiedBy;
import dev.orderly.domain.Transitions;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
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

  // The rows are locked in the order of their ids first: an update alone takes them as they come.
  // As a condition of its own, not as one more table to join, which would pair everything with
  // everything.
  private static final String COUNT =
      """
      with x as (
        select unnest($1::uuid[]) as id, %s),
      locked as (
        select id from work_orders where id = any($1) order by id for no key update)
      update work_orders o set %s, updated_at = now()
      from x where o.id = x.id and (select count(*) from locked) > 0
      returning o.id, o.tenant, o.state, o.on_item_failure, o.items_satisfied_by,
        o.depends_on is not null as after_orders, %s
      """
          .formatted(
              states(
                  state ->
                      "unnest($%d::int[]) as %s".formatted(2 + state.ordinal(), column(state))),
              states(state -> column(state) + " = o." + column(state) + " + x." + column(state)),
              states(state -> "o." + column(state)));

  private static final String MOVE =
      """
      update work_orders o set state = x.state, last_transitioned_at = now()
      from (select unnest($1::uuid[]) as id, unnest($2::text[]) as state) x
      where o.id = x.id
      """;

  private static final String HOLD =
      """
      update work_items set held = true, updated_at = now()
      where id in (
        select item_id from work_queue where order_id = any($1) for update skip locked)
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
    return TakenBack.after(connection, moves)
        .compose(
            takenBack -> {
              var all = new ArrayList<>(moves);
              all.addAll(takenBack.moves());
              return withdraw(connection, all)
                  .compose(done -> count(connection, all, takenBack, reopen));
            });
  }

  /** What was accepted and is not any more is not applied either. */
  private static Future<Void> withdraw(SqlConnection connection, List<ItemMove> moves) {
    var withdrawn =
        moves.stream().filter(ItemMove::isWithdrawn).map(ItemMove::itemId).toArray(UUID[]::new);
    return withdrawn.length == 0
        ? Future.succeededFuture()
        : ItemApplies.withdraw(connection, withdrawn);
  }

  private static Future<Map<UUID, OrderMove>> count(
      SqlConnection connection, List<ItemMove> moves, TakenBack takenBack, boolean reopen) {
    var byOrder = moves.stream().collect(Collectors.groupingBy(ItemMove::orderId));
    return connection
        .preparedQuery(COUNT)
        .execute(deltas(byOrder))
        .compose(
            rows -> {
              var after = new HashMap<UUID, OrderMove>();
              var rules = new HashMap<UUID, SatisfiedBy>();
              for (Row row : rows) {
                after.put(row.getUUID("id"), derive(row, reopen, takenBack));
                var satisfiedBy = row.getString("items_satisfied_by");
                if (satisfiedBy != null) {
                  rules.put(row.getUUID("id"), SatisfiedBy.of(satisfiedBy));
                }
              }
              return move(connection, after.values())
                  .compose(
                      done -> ItemDependencies.settle(connection, moves, takenBack, after, rules));
            });
  }

  /** By how much each order's counts change. */
  private static Tuple deltas(Map<UUID, List<ItemMove>> byOrder) {
    var orders = List.copyOf(byOrder.keySet());
    var deltas = new Integer[ItemState.values().length][orders.size()];
    for (var column : deltas) {
      Arrays.fill(column, 0);
    }
    for (int i = 0; i < orders.size(); i++) {
      for (var move : byOrder.get(orders.get(i))) {
        Transitions.ITEM.require(move.from(), move.to());
        deltas[move.from().ordinal()][i]--;
        deltas[move.to().ordinal()][i]++;
      }
    }
    var tuple = Tuple.tuple().addArrayOfUUID(orders.toArray(UUID[]::new));
    for (var column : deltas) {
      tuple.addArrayOfInteger(column);
    }
    return tuple;
  }

  private static OrderMove derive(Row row, boolean reopen, TakenBack takenBack) {
    var counts = counts(row);
    var state = OrderState.of(row.getString("state"));
    boolean derived = state.open() || (reopen && state == OrderState.FAILED);
    var policy = OnItemFailure.valueOf(row.getString("on_item_failure").toUpperCase(Locale.ROOT));
    var target = derived ? Progress.of(counts, policy) : state;
    return new OrderMove(
        row.getUUID("id"),
        row.getString("tenant"),
        state,
        Progress.steps(state, target),
        counts,
        row.getString("items_satisfied_by") != null || row.getBoolean("after_orders"),
        Map.of(),
        takenBack.withdrawn().getOrDefault(row.getUUID("id"), List.of()));
  }

  private static Future<Void> move(SqlConnection connection, Collection<OrderMove> orders) {
    var moved = orders.stream().filter(order -> !order.steps().isEmpty()).toList();
    if (moved.isEmpty()) {
      return Future.succeededFuture();
    }
    var failed =
        moved.stream()
            .filter(order -> order.steps().contains(OrderState.FAILED))
            .map(OrderMove::orderId)
            .toArray(UUID[]::new);
    return connection
        .preparedQuery(MOVE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(moved.stream().map(OrderMove::orderId).toArray(UUID[]::new))
                .addArrayOfString(moved.stream().map(o -> o.state().wire()).toArray(String[]::new)))
        .compose(
            done ->
                failed.length == 0 ? Future.succeededFuture() : hold(connection, List.of(failed)))
        .mapEmpty();
  }

  /**
   * Takes what is queued of orders that are closed out of its queues, but for what others have
   * locked: whoever leases that finds out.
   */
  public static Future<?> hold(SqlConnection connection, Collection<UUID> orders) {
    return connection
        .preparedQuery(HOLD)
        .execute(Tuple.tuple().addArrayOfUUID(orders.toArray(UUID[]::new)));
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

  private static String states(Function<ItemState, String> text) {
    return Arrays.stream(ItemState.values()).map(text).collect(Collectors.joining(", "));
  }
}
