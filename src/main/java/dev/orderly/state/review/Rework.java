package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.OrderRow;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Sends items back to be done again, inside the caller's transaction and under its locks. */
final class Rework {
  private static final String SEND_BACK =
      """
      update work_items set state = 'queued', review_errors = $2, attempts = 0, releases = 0,
        available_at = now(), error = null, accepted_at = null, updated_at = now()
      where id = any($1) and state in ('submitted', 'accepted')
      """;

  private static final String EARLIER_ROUNDS =
      """
      select item_id, count(*)::int as rounds from work_events
      where order_id = $1 and event = 'rework_requested' and item_id = any($2) group by item_id
      """;

  private Rework() {}

  /**
   * An item that goes back.
   *
   * @param fence of the submission that was not good
   */
  record Returned(UUID id, ItemState from, long fence) {}

  /**
   * @param wholeOrder whether the order's own trail tells of it too
   * @return where the order stands now
   */
  static OrderMove sendBack(
      SqlConnection connection,
      OrderRow order,
      List<Returned> items,
      JsonArray errors,
      Caller caller,
      boolean wholeOrder) {
    requireWork(order);
    var ids = items.stream().map(Returned::id).toArray(UUID[]::new);
    var written =
        connection
            .preparedQuery(SEND_BACK)
            .execute(Tuple.tuple().addArrayOfUUID(ids).addValue(errors))
            .await();
    if (written.rowCount() != items.size()) {
      throw new IllegalStateException("items changed under their locks");
    }
    var moves =
        items.stream()
            .map(item -> new ItemMove(order.id(), item.id(), item.from(), ItemState.QUEUED))
            .toList();
    var orders = OrderProgress.record(connection, moves).await();
    var rounds = earlierRounds(connection, order.id(), ids);
    var events = new ArrayList<Event>();
    if (wholeOrder) {
      events.add(
          event(order, null, caller)
              .payload(new JsonObject().put("errors", errors).put("items", items.size())));
    }
    for (var item : items) {
      events.add(
          event(order, item.id(), caller)
              .payload(
                  new JsonObject()
                      .put("errors", errors)
                      .put("round", rounds.getOrDefault(item.id(), 0) + 1)
                      .put("fence", item.fence()))
              .moved(item.from(), ItemState.QUEUED));
    }
    events.addAll(OrderEvents.of(orders, List.of(Cause.actor(order.id(), caller))));
    AuditLog.append(connection, events).await();
    return orders.get(order.id());
  }

  private static Map<UUID, Integer> earlierRounds(
      SqlConnection connection, UUID order, UUID[] items) {
    var rounds = new HashMap<UUID, Integer>();
    connection
        .preparedQuery(EARLIER_ROUNDS)
        .execute(Tuple.of(order).addArrayOfUUID(items))
        .await()
        .forEach(row -> rounds.put(row.getUUID("item_id"), row.getInteger("rounds")));
    return rounds;
  }

  private static Event event(OrderRow order, UUID item, Caller caller) {
    return Event.of(order.tenant(), order.id(), item, EventType.REWORK_REQUESTED, caller.actor())
        .request(caller.requestId());
  }

  /** An order that undoes another was never anybody's work. */
  private static void requireWork(OrderRow order) {
    if (order.reverts() != null) {
      throw new Rejected(
              ErrorCode.STATE_CONFLICT,
              "Order %s undoes order %s and has no work that could be sent back"
                  .formatted(order.id(), order.reverts()))
          .next("Reject it without allow_rework");
    }
  }
}
