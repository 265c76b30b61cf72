package dev.orderly.maintenance;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Transitions;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.storage.Tx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Puts aside what has been failed for too long: such orders with their items, and such items of
 * orders that ended without them.
 */
public final class DeadLetters implements Duty {
  private static final int BATCH = 100;
  private static final Actor ACTOR = Actor.system("maintenance");

  private static final String OVERDUE_ORDERS =
      """
      select id from work_orders
      where state = 'failed' and last_transitioned_at <= now() - make_interval(secs => $1)
      order by last_transitioned_at limit $2
      """;

  private static final String LOCK_ORDERS =
      """
      select id from work_orders where id = any($2) and state = 'failed'
        and last_transitioned_at <= now() - make_interval(secs => $1)
      order by id for no key update
      """;

  private static final String LOCK_ITEMS_OF =
      """
      select id, order_id, state from work_items where order_id = any($1) and state = any($2)
      order by id for no key update
      """;

  private static final String OVERDUE_ITEMS =
      """
      select i.id, i.order_id, i.state from work_items i
      where i.id = any(array(
        select f.id from work_items f join work_orders o on o.id = f.order_id
        where f.state = 'failed' and f.updated_at <= now() - make_interval(secs => $1)
          and o.state = any($2)
        order by f.updated_at limit $3))
        and i.state = 'failed' and i.updated_at <= now() - make_interval(secs => $1)
      order by i.id for no key update
      """;

  private static final String MOVE_ITEMS =
      """
      update work_items i set state = x.state, leased_by_agent_id = null, leased_at = null,
        lease_expires_at = null, updated_at = now()
      from unnest($1::uuid[], $2::text[]) as x(id, state) where i.id = x.id
      """;

  private static final String MOVE_ORDERS =
      """
      update work_orders set state = 'dead_lettered', last_transitioned_at = now(),
        updated_at = now()
      where id = any($1) and state = 'failed' returning id, tenant
      """;

  private final Tx tx;
  private final double afterSeconds;

  /**
   * @param after how long an order or item stays failed before it is put aside
   */
  public DeadLetters(Pool pool, Duration after) {
    this.tx = new Tx(pool);
    this.afterSeconds = after.toSeconds();
  }

  @Override
  public String name() {
    return "dead_letters";
  }

  @Override
  public long run() {
    long all = 0;
    int moved;
    do {
      moved = tx.run(this::orders);
      all += moved;
    } while (moved > 0);
    do {
      moved = tx.run(this::leftItems);
      all += moved;
    } while (moved > 0);
    return all;
  }

  /** Items before orders, as everywhere; what changed since the search is then left out. */
  private int orders(SqlConnection connection) {
    var overdue = ids(connection, OVERDUE_ORDERS, Tuple.of(afterSeconds, BATCH));
    if (overdue.isEmpty()) {
      return 0;
    }
    var candidates = overdue.toArray(UUID[]::new);
    var found =
        connection
            .preparedQuery(LOCK_ITEMS_OF)
            .execute(
                Tuple.tuple().addArrayOfUUID(candidates).addArrayOfString(leavableItemStates()))
            .await();
    var locked = ids(connection, LOCK_ORDERS, Tuple.of(afterSeconds).addArrayOfUUID(candidates));
    var moves = new ArrayList<ItemMove>();
    for (Row row : found) {
      if (locked.contains(row.getUUID("order_id"))) {
        moves.add(move(row));
      }
    }
    var orders = moveItems(connection, moves);
    var events = new ArrayList<>(itemEvents(moves, orders));
    var moved =
        connection
            .preparedQuery(MOVE_ORDERS)
            .execute(Tuple.tuple().addArrayOfUUID(locked.toArray(UUID[]::new)))
            .await();
    if (moved.size() != locked.size()) {
      throw new IllegalStateException("failed orders changed under their locks");
    }
    moved.forEach(row -> events.add(orderEvent(row)));
    AuditLog.append(connection, events).await();
    return moved.size();
  }

  private int leftItems(SqlConnection connection) {
    var ended =
        Arrays.stream(OrderState.values())
            .filter(OrderState::terminal)
            .map(OrderState::wire)
            .toArray(String[]::new);
    var rows =
        connection
            .preparedQuery(OVERDUE_ITEMS)
            .execute(Tuple.of(afterSeconds).addArrayOfString(ended).addInteger(BATCH))
            .await();
    var moves = new ArrayList<ItemMove>();
    rows.forEach(row -> moves.add(move(row)));
    var orders = moveItems(connection, moves);
    AuditLog.append(connection, itemEvents(moves, orders)).await();
    return moves.size();
  }

  private static Map<UUID, OrderMove> moveItems(SqlConnection connection, List<ItemMove> moves) {
    if (moves.isEmpty()) {
      return Map.of();
    }
    var written =
        connection
            .preparedQuery(MOVE_ITEMS)
            .execute(
                Tuple.tuple()
                    .addArrayOfUUID(moves.stream().map(ItemMove::itemId).toArray(UUID[]::new))
                    .addArrayOfString(
                        moves.stream().map(move -> move.to().wire()).toArray(String[]::new)))
            .await();
    if (written.rowCount() != moves.size()) {
      throw new IllegalStateException("items changed under their locks");
    }
    return OrderProgress.record(connection, moves).await();
  }

  private static ItemMove move(Row row) {
    var from = ItemState.of(row.getString("state"));
    var to = from == ItemState.FAILED ? ItemState.DEAD_LETTERED : ItemState.CANCELLED;
    return new ItemMove(row.getUUID("order_id"), row.getUUID("id"), from, to);
  }

  private static List<Event> itemEvents(Collection<ItemMove> moves, Map<UUID, OrderMove> orders) {
    return moves.stream()
        .map(
            move -> {
              var type =
                  move.to() == ItemState.CANCELLED ? EventType.CANCELLED : EventType.DEAD_LETTERED;
              var tenant = orders.get(move.orderId()).tenant();
              return Event.of(tenant, move.orderId(), move.itemId(), type, ACTOR)
                  .payload(step(move.from().wire(), move.to().wire()));
            })
        .toList();
  }

  private static Event orderEvent(Row row) {
    Transitions.ORDER.require(OrderState.FAILED, OrderState.DEAD_LETTERED);
    return Event.of(
            row.getString("tenant"), row.getUUID("id"), null, EventType.DEAD_LETTERED, ACTOR)
        .payload(step(OrderState.FAILED.wire(), OrderState.DEAD_LETTERED.wire()));
  }

  private static JsonObject step(String from, String to) {
    return new JsonObject().put("from", from).put("to", to);
  }

  private static Set<UUID> ids(SqlConnection connection, String sql, Tuple tuple) {
    var ids = new HashSet<UUID>();
    for (Row row : connection.preparedQuery(sql).execute(tuple).await()) {
      ids.add(row.getUUID("id"));
    }
    return ids;
  }

  private static String[] leavableItemStates() {
    return Arrays.stream(ItemState.values())
        .filter(state -> !state.terminal())
        .map(ItemState::wire)
        .toArray(String[]::new);
  }
}
