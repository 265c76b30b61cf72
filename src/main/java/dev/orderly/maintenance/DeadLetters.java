package dev.orderly.maintenance;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Transitions;
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.lifecycle.WorkQueue;
import dev.orderly.storage.Tx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts aside what has been failed for too long: such orders with their items, and such items of
 * orders that ended without them.
 */
public final class DeadLetters implements Duty {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
  private static final int BATCH = 100;
  private static final Actor ACTOR = Actor.system("maintenance");

  private static final String OVERDUE_ORDERS =
      """
      select id from work_orders
      where state = 'failed' and last_transitioned_at <= now() - make_interval(secs => $1)
      order by last_transitioned_at limit $2
      """;

  private static final String LOCK_ORDER =
      """
      select tenant from work_orders where id = $1 and state = 'failed'
        and last_transitioned_at <= now() - make_interval(secs => $2)
      for no key update
      """;

  private static final String LOCK_ITEMS_OF =
      """
      select id, order_id, state from work_items where order_id = $1 and state = any($2)
      order by id for no key update
      """;

  private static final String OVERDUE_ITEMS =
      """
      select i.id, i.order_id, i.state from work_items i
      where i.id = any(array(
        select f.id from work_items f join work_orders o on o.id = f.order_id
        where f.failed_at <= now() - make_interval(secs => $1)
          and o.state = any($2)
        order by f.failed_at limit $3))
        and i.failed_at <= now() - make_interval(secs => $1)
      order by i.id for no key update
      """;

  private static final String MOVE_ITEMS =
      """
      update work_items i set state = x.state, leased_by_agent_id = null, leased_at = null,
        lease_expires_at = null, updated_at = now()
      from unnest($1::uuid[], $2::text[]) as x(id, state) where i.id = x.id
      """;

  private static final String MOVE_ORDER =
      """
      update work_orders set state = 'dead_lettered', last_transitioned_at = now(),
        updated_at = now()
      where id = $1 and state = 'failed'
      """;

  private final Pool pool;
  private final Tx tx;
  private final double afterSeconds;

  /**
   * @param after how long an order or item stays failed before it is put aside
   */
  public DeadLetters(Pool pool, Duration after) {
    this.pool = pool;
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
      moved = orders();
      all += moved;
    } while (moved > 0);
    do {
      moved = tx.run(this::leftItems);
      all += moved;
    } while (moved > 0);
    return all;
  }

  /** Each in a transaction of its own: one order may have many thousand items. */
  private int orders() {
    int moved = 0;
    for (var order : overdueOrders()) {
      try {
        moved += tx.run(connection -> order(connection, order));
      } catch (Rejected begun) {
        // The change of one of its items is being made: what became of it is waited for.
        LOG.debug("Order {} is not put aside yet: {}", order, begun.detail());
      }
    }
    return moved;
  }

  private List<UUID> overdueOrders() {
    var ids = new ArrayList<UUID>();
    pool.preparedQuery(OVERDUE_ORDERS)
        .execute(Tuple.of(afterSeconds, BATCH))
        .await()
        .forEach(row -> ids.add(row.getUUID("id")));
    return ids;
  }

  /** Items before their order, as everywhere; what changed since the search is then left alone. */
  private int order(SqlConnection connection, UUID id) {
    WorkQueue.lock(connection, List.of(id)).await();
    var found =
        connection
            .preparedQuery(LOCK_ITEMS_OF)
            .execute(Tuple.of(id).addArrayOfString(leavableItemStates()))
            .await();
    var order = connection.preparedQuery(LOCK_ORDER).execute(Tuple.of(id, afterSeconds)).await();
    if (order.size() == 0) {
      return 0;
    }
    var moves = new ArrayList<ItemMove>();
    found.forEach(row -> moves.add(move(row)));
    ItemApplies.stop(connection, id);
    var orders = moveItems(connection, moves);
    var events = new ArrayList<>(itemEvents(moves, orders));
    var moved = connection.preparedQuery(MOVE_ORDER).execute(Tuple.of(id)).await();
    if (moved.rowCount() != 1) {
      throw new IllegalStateException("a failed order changed under its lock");
    }
    events.add(orderEvent(id, order.iterator().next().getString("tenant")));
    AuditLog.append(connection, events).await();
    return 1;
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
                  .moved(move.from(), move.to());
            })
        .toList();
  }

  private static Event orderEvent(UUID id, String tenant) {
    Transitions.ORDER.require(OrderState.FAILED, OrderState.DEAD_LETTERED);
    return Event.of(tenant, id, null, EventType.DEAD_LETTERED, ACTOR)
        .moved(OrderState.FAILED, OrderState.DEAD_LETTERED);
  }

  private static String[] leavableItemStates() {
    return Arrays.stream(ItemState.values())
        .filter(state -> !state.terminal())
        .map(ItemState::wire)
        .toArray(String[]::new);
  }
}
