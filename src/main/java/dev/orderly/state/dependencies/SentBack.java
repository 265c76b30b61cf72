package dev.orderly.state.dependencies;

import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Transitions;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.leasing.LeaseHints;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseHints.LostLease;
import dev.orderly.lifecycle.ItemMove;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * The items that go back to their queues because something they depend on went back: what they were
 * made of changes. Who holds one loses the lease. For virtual threads.
 *
 * @param moves for {@code OrderProgress}, which blocks them again
 * @param events to be recorded
 * @param lost leases that ended by it
 * @param freed what these leave room in
 */
public record SentBack(
    List<ItemMove> moves, List<Event> events, List<LostLease> lost, List<Freed> freed) {

  /** What the next holder is told. */
  public static final String CODE = "dependency_sent_back";

  private static final String FIND =
      """
      with recursive back(id) as (
        select item_id from item_dependencies where depends_on_item_id = any($1) and satisfied
        union
        select d.item_id from back b join item_dependencies d on d.depends_on_item_id = b.id
        where d.satisfied)
      select i.id, i.tenant, i.type, i.order_id, i.state, i.fence, i.leased_by_agent_id,
        i.limit_key is not null as limited, i.agent_counted
      from back b join work_items i on i.id = b.id
      where not (i.id = any($1)) and i.state = any($2) order by i.id
      """;

  // Held: it is not to be had before what it depends on is counted.
  private static final String SEND_BACK =
      """
      update work_items set state = 'queued', held = true, available_at = now(), error = null,
        review_errors = case when leased_by_agent_id is null then $2 else coalesce(review_errors, '[]') || $2 end,
        attempts = case when leased_by_agent_id is null then 0 else attempts end,
        releases = case when leased_by_agent_id is null then 0 else releases end,
        leased_by_agent_id = null, leased_at = null, lease_expires_at = null, updated_at = now()
      where id = any($1)
      """;

  /**
   * Sends back everything that depends on these items, directly or not, and was begun. To be called
   * before the items' own moves are recorded.
   *
   * @param items that are sent back, of an order all of whose items this transaction has locked
   */
  public static SentBack with(
      SqlConnection connection, Collection<UUID> items, Actor actor, String requestId) {
    var moves = new ArrayList<ItemMove>();
    var events = new ArrayList<Event>();
    var lost = new ArrayList<LostLease>();
    var freed = new ArrayList<Freed>();
    for (Row row :
        connection
            .preparedQuery(FIND)
            .execute(
                Tuple.tuple().addArrayOfUUID(items.toArray(UUID[]::new)).addArrayOfString(begun()))
            .await()) {
      var from = ItemState.of(row.getString("state"));
      var id = row.getUUID("id");
      moves.add(new ItemMove(row.getUUID("order_id"), id, from, ItemState.QUEUED));
      events.add(event(row, from, actor, requestId));
      if (from.held()) {
        lost.add(new LostLease(id, row.getLong("fence")));
        freed.add(
            Freed.of(
                row.getString("tenant"),
                row.getString("type"),
                row.getString("leased_by_agent_id"),
                row.getBoolean("limited"),
                row.getBoolean("agent_counted")));
      }
    }
    if (!moves.isEmpty()) {
      connection
          .preparedQuery(SEND_BACK)
          .execute(
              Tuple.tuple()
                  .addArrayOfUUID(moves.stream().map(ItemMove::itemId).toArray(UUID[]::new))
                  .addValue(errors()))
          .await();
    }
    return new SentBack(moves, events, lost, freed);
  }

  /** Tells who lost a lease, and who may have one now, once it is committed. */
  public void announce(Bus bus) {
    if (!lost.isEmpty()) {
      bus.publish(LeaseHints.WITHDRAWN, new Lost(lost));
    }
    FreedLeases.announce(bus, freed);
  }

  /** The states from which an item goes back to its queue; a failed one waits for a retry. */
  private static String[] begun() {
    return Arrays.stream(ItemState.values())
        .filter(state -> Transitions.ITEM.allows(state, ItemState.QUEUED))
        .filter(state -> state != ItemState.FAILED)
        .map(ItemState::wire)
        .toArray(String[]::new);
  }

  private static Event event(Row row, ItemState from, Actor actor, String requestId) {
    var payload = new JsonObject().put("code", CODE);
    if (from.held()) {
      payload
          .put("agent_id", row.getString("leased_by_agent_id"))
          .put("fence", row.getLong("fence"));
    }
    return Event.of(
            row.getString("tenant"),
            row.getUUID("order_id"),
            row.getUUID("id"),
            EventType.REWORK_REQUESTED,
            actor)
        .payload(payload)
        .moved(from, ItemState.QUEUED)
        .message("Something that it depends on was sent back")
        .request(requestId);
  }

  private static JsonArray errors() {
    return new JsonArray()
        .add(
            new JsonObject()
                .put("code", CODE)
                .put(
                    "message",
                    "Something that this item depends on was sent back and done anew; look at its"
                        + " dependencies again")
                .put("pointer", ""));
  }
}
