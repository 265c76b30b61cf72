package dev.orderly.lifecycle;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.SatisfiedBy;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Lets items begin once what they depend on is done, and holds them again when it is undone, in the
 * transaction that moved what they depend on.
 *
 * <p>An item counts what it waits for. A count changes by as many dependencies as were found to
 * change, each under the lock of the order, so that none is counted twice. Items are planned so
 * that one has a higher id than all that it depends on: whoever waits here for an item's row, with
 * the rows of items and of their order locked, waits for nobody who could wait for those.
 */
final class ItemDependencies {
  private static final Actor ACTOR = Actor.system("dependencies");

  private static final String FLIP =
      """
      update item_dependencies set satisfied = $2 where depends_on_item_id = any($1) and satisfied <> $2
      returning item_id, depends_on_item_id
      """;

  private static final String COUNT =
      """
      with locked as (
        select id from work_items where id = any($1) order by id for no key update)
      update work_items i set waits_for = i.waits_for + x.delta,
        held = i.waits_for + x.delta > 0 or x.closed, updated_at = now()
      from unnest($1::uuid[], $2::int[], $3::bool[]) as x(id, delta, closed)
      where i.id = x.id and (select count(*) from locked) > 0
      returning i.id, i.order_id, i.type, i.state, i.held, i.waits_for, i.waits_for - x.delta as waited_for
      """;

  private ItemDependencies() {}

  /** An item whose count changes, and by what. */
  private static final class Change {
    private final UUID orderId;
    private final List<UUID> causes = new ArrayList<>();
    private int delta;

    Change(UUID orderId) {
      this.orderId = orderId;
    }
  }

  /**
   * @param moves all of them
   * @param takenBack those of the moves that follow from the others
   * @param orders whose rows this transaction has locked, with their states after the moves
   * @param rules of those orders whose items depend on each other
   * @return the orders, with what can begin in them
   */
  static Future<Map<UUID, OrderMove>> settle(
      SqlConnection connection,
      List<ItemMove> moves,
      TakenBack takenBack,
      Map<UUID, OrderMove> orders,
      Map<UUID, SatisfiedBy> rules) {
    if (rules.isEmpty()) {
      return Future.succeededFuture(orders);
    }
    var done = new HashMap<UUID, UUID>();
    var undone = new HashMap<UUID, UUID>();
    for (var path : paths(moves, rules).values()) {
      var rule = rules.get(path.orderId());
      if (rule.by(path.to()) && !rule.by(path.from())) {
        done.put(path.itemId(), path.orderId());
      } else if (!rule.by(path.to()) && path.isTakenBack()) {
        undone.put(path.itemId(), path.orderId());
      }
    }
    var changes = new LinkedHashMap<UUID, Change>();
    var from = new HashMap<UUID, ItemState>();
    takenBack.moves().forEach(move -> from.put(move.itemId(), move.from()));
    return flip(connection, done, true, changes)
        .compose(next -> flip(connection, undone, false, changes))
        .compose(next -> count(connection, changes, from, orders));
  }

  /** Each item's way from its first state to its last. */
  private static Map<UUID, ItemMove> paths(List<ItemMove> moves, Map<UUID, SatisfiedBy> rules) {
    var paths = new HashMap<UUID, ItemMove>();
    for (var move : moves) {
      if (rules.containsKey(move.orderId())) {
        paths.merge(
            move.itemId(),
            move,
            (first, last) ->
                new ItemMove(first.orderId(), first.itemId(), first.from(), last.to()));
      }
    }
    return paths;
  }

  private static Future<?> flip(
      SqlConnection connection,
      Map<UUID, UUID> ordersByItem,
      boolean satisfied,
      Map<UUID, Change> changes) {
    if (ordersByItem.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(FLIP)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(ordersByItem.keySet().stream().sorted().toArray(UUID[]::new))
                .addBoolean(satisfied))
        .map(
            rows -> {
              for (Row row : rows) {
                var cause = row.getUUID("depends_on_item_id");
                var change =
                    changes.computeIfAbsent(
                        row.getUUID("item_id"), id -> new Change(ordersByItem.get(cause)));
                change.causes.add(cause);
                change.delta += satisfied ? -1 : 1;
              }
              return null;
            });
  }

  private static Future<Map<UUID, OrderMove>> count(
      SqlConnection connection,
      Map<UUID, Change> changes,
      Map<UUID, ItemState> takenBackFrom,
      Map<UUID, OrderMove> orders) {
    if (changes.isEmpty()) {
      return Future.succeededFuture(orders);
    }
    return connection
        .preparedQuery(COUNT)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(changes.keySet().toArray(UUID[]::new))
                .addArrayOfInteger(
                    changes.values().stream().map(c -> c.delta).toArray(Integer[]::new))
                .addArrayOfBoolean(
                    changes.values().stream()
                        .map(c -> !orders.get(c.orderId).state().open())
                        .toArray(Boolean[]::new)))
        .compose(
            rows -> {
              var events = new ArrayList<Event>();
              var unblocked = new HashMap<UUID, Map<String, Integer>>();
              for (Row row : rows) {
                var id = row.getUUID("id");
                var order = orders.get(changes.get(id).orderId);
                tell(row, changes.get(id), takenBackFrom.get(id), order).ifPresent(events::add);
                if (begins(row)) {
                  unblocked
                      .computeIfAbsent(order.orderId(), o -> new HashMap<>())
                      .merge(row.getString("type"), 1, Integer::sum);
                }
              }
              var after = new HashMap<>(orders);
              unblocked.forEach(
                  (order, items) -> after.computeIfPresent(order, (id, m) -> m.unblocking(items)));
              return AuditLog.append(connection, events).map(after);
            });
  }

  private static boolean begins(Row row) {
    return row.getInteger("waited_for") > 0
        && !row.getBoolean("held")
        && row.getString("state").equals(ItemState.QUEUED.wire());
  }

  /**
   * @param from the state from which the item was taken back; null if it was not
   */
  private static Optional<Event> tell(Row row, Change change, ItemState from, OrderMove order) {
    boolean waits = row.getInteger("waits_for") > 0;
    boolean waited = row.getInteger("waited_for") > 0;
    if (waits == waited || !row.getString("state").equals(ItemState.QUEUED.wire())) {
      return Optional.empty();
    }
    var event =
        Event.of(
                order.tenant(),
                order.orderId(),
                row.getUUID("id"),
                waits ? EventType.BLOCKED : EventType.UNBLOCKED,
                ACTOR)
            .payload(new JsonObject().put("items", ids(change.causes)));
    return Optional.of(from == null ? event : event.moved(from, ItemState.QUEUED));
  }

  private static JsonArray ids(List<UUID> items) {
    return new JsonArray(items.stream().map(UUID::toString).toList());
  }
}
