package dev.orderly.state;

import dev.orderly.audit.Event;
import dev.orderly.domain.Caller;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Transitions;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.lifecycle.ItemApplies;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Stops what is not finished of an order that ends. Holders lose their leases. */
public final class CancelItems {
  private static final String CANCEL_ITEMS =
      """
      update work_items set state = 'cancelled', leased_by_agent_id = null, leased_at = null,
        lease_expires_at = null, updated_at = now()
      where id = any($1)
      """;

  private static final String COUNTED =
      """
      select tenant, type, leased_by_agent_id, limit_key is not null as limited, agent_counted
      from work_items where order_id = $1 and state in ('leased', 'in_progress')
        and (limit_key is not null or agent_counted)
      """;

  private CancelItems() {}

  /**
   * What was stopped.
   *
   * @param items with the states that they were in
   * @param counts of all the order's items, as they are now
   * @param freed the leases that ended and leave room in limits; to be announced after the commit
   */
  public record Cancelled(Map<UUID, ItemState> items, ItemCounts counts, List<Freed> freed) {}

  /**
   * @param order locked with its items
   * @param except items to be left alone
   * @throws Rejected {@code state_conflict} if the change of one of the items was begun already
   */
  public static Cancelled run(SqlConnection connection, OrderRow order, Set<UUID> except) {
    stopApplies(connection, order);
    var freed = freed(connection, order.id());
    var counts = order.counts();
    var cancelled = new LinkedHashMap<UUID, ItemState>();
    for (var item : OrderStore.standings(connection, order.id())) {
      if (!except.contains(item.id())
          && Transitions.ITEM.allows(item.state(), ItemState.CANCELLED)) {
        counts = counts.moved(item.state(), ItemState.CANCELLED, 1);
        cancelled.put(item.id(), item.state());
      }
    }
    connection
        .preparedQuery(CANCEL_ITEMS)
        .execute(Tuple.tuple().addArrayOfUUID(cancelled.keySet().toArray(UUID[]::new)))
        .await();
    return new Cancelled(cancelled, counts, freed);
  }

  /** The change of an accepted item may have been begun while others are still in work. */
  private static void stopApplies(SqlConnection connection, OrderRow order) {
    if (order.counts().in(ItemState.ACCEPTED) + order.counts().in(ItemState.FAILED) > 0) {
      ItemApplies.stop(connection, order.id());
    }
  }

  public static List<Event> events(OrderRow order, Cancelled cancelled, Caller caller) {
    var events = new ArrayList<Event>();
    cancelled
        .items()
        .forEach(
            (item, from) ->
                events.add(
                    Event.of(order.tenant(), order.id(), item, EventType.CANCELLED, caller.actor())
                        .moved(from, ItemState.CANCELLED)
                        .request(caller.requestId())));
    return events;
  }

  private static List<Freed> freed(SqlConnection connection, UUID order) {
    var freed = new ArrayList<Freed>();
    for (Row row : connection.preparedQuery(COUNTED).execute(Tuple.of(order)).await()) {
      freed.add(
          Freed.of(
              row.getString("tenant"),
              row.getString("type"),
              row.getString("leased_by_agent_id"),
              row.getBoolean("limited"),
              row.getBoolean("agent_counted")));
    }
    return freed;
  }
}
