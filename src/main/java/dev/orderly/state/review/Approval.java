package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * Writes approvals, inside the caller's transaction and under its locks.
 *
 * @param actor who approves
 * @param notes for the trail, or null
 * @param requestId which request it is, or null
 */
record Approval(Actor actor, String notes, String requestId) {
  private static final String ACCEPT =
      """
      update work_items set state = 'accepted', accepted_at = now(), updated_at = now()
      where id = any($1) and state = 'submitted'
      """;

  private static final String CLOSE_LATER =
      "update work_orders set review_closing = true where id = $1 and not review_closing";

  /**
   * Accepts every item that is submitted, and the order with them.
   *
   * @param submitted all of them; may be empty if the others were accepted before
   * @param about what else is known of the approval
   */
  void approve(
      SqlConnection connection, OrderRow order, Collection<UUID> submitted, JsonObject about) {
    write(connection, order, submitted);
    OrderStore.move(
        connection,
        order,
        OrderState.APPROVED,
        order.counts().moved(ItemState.SUBMITTED, ItemState.ACCEPTED, submitted.size()),
        """
        approved_at = now(), approved_by_type = $1, approved_by_id = $2, apply_next_at = now(),
        apply_attempts = 0, error = null, review_closing = false
        """,
        actor.kind().wire(),
        actor.id());
    int accepted = order.counts().in(ItemState.ACCEPTED) + submitted.size();
    var events = new ArrayList<Event>();
    events.add(
        event(order, null, EventType.APPROVED)
            .payload(new JsonObject().put("items", accepted).mergeIn(about))
            .moved(OrderState.SUBMITTED, OrderState.APPROVED)
            .message(notes));
    submitted.forEach(item -> events.add(accepted(order, item)));
    AuditLog.append(connection, events).await();
  }

  /**
   * Accepts some of an order's submitted items; the order is approved once all are decided.
   *
   * @return where the order stands now
   */
  OrderMove accept(SqlConnection connection, OrderRow order, Collection<UUID> items) {
    write(connection, order, items);
    connection.preparedQuery(CLOSE_LATER).execute(Tuple.of(order.id())).await();
    var moves =
        items.stream()
            .map(id -> new ItemMove(order.id(), id, ItemState.SUBMITTED, ItemState.ACCEPTED))
            .toList();
    var move = OrderProgress.record(connection, moves).await().get(order.id());
    AuditLog.append(
            connection, items.stream().map(item -> accepted(order, item).message(notes)).toList())
        .await();
    return move;
  }

  /**
   * Tells of an approval that is not enough by itself.
   *
   * @param item null if it is of the order as a whole
   */
  void voted(SqlConnection connection, OrderRow order, UUID item, JsonObject about) {
    AuditLog.append(
            connection,
            List.of(event(order, item, EventType.REVIEW_APPROVED).payload(about).message(notes)))
        .await();
  }

  private static void write(SqlConnection connection, OrderRow order, Collection<UUID> items) {
    if (items.isEmpty()) {
      return;
    }
    var written =
        connection
            .preparedQuery(ACCEPT)
            .execute(Tuple.tuple().addArrayOfUUID(items.toArray(UUID[]::new)))
            .await();
    if (written.rowCount() != items.size()) {
      throw new IllegalStateException("submitted items changed under their locks");
    }
    ItemApplies.accepted(connection, order.id(), items);
  }

  private Event accepted(OrderRow order, UUID item) {
    return event(order, item, EventType.ACCEPTED).moved(ItemState.SUBMITTED, ItemState.ACCEPTED);
  }

  private Event event(OrderRow order, UUID item, EventType type) {
    return Event.of(order.tenant(), order.id(), item, type, actor).request(requestId);
  }
}
