package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.StateMessages.Reject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;

/** Rejects an order for good, or sends items back with what the reviewer asks for. */
final class RejectOrder {
  private static final String REJECT_ITEMS =
      """
      update work_items set state = 'rejected', review_errors = $2, updated_at = now()
      where order_id = $1 and state = 'submitted' returning id
      """;

  private static final String SEND_BACK =
      """
      update work_items set state = 'queued', review_errors = $2, attempts = 0, releases = 0,
        available_at = now(), error = null, updated_at = now()
      where id = any($1) and state = 'submitted'
      """;

  private final Commands commands;
  private final Bus bus;

  RejectOrder(Commands commands, Bus bus) {
    this.commands = commands;
    this.bus = bus;
  }

  Answer run(Reject command) {
    if (!command.allowRework() && !command.items().isEmpty()) {
      throw Rejected.invalid(
          "Single items can only be sent back; an order is rejected as a whole",
          List.of(new Violation("/items", "needs_allow_rework", "goes with allow_rework: true")));
    }
    var orders = new ArrayList<OrderMove>(1);
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              orders.clear();
              var caller = command.caller();
              var action = command.allowRework() ? "send back" : "reject";
              var order =
                  OrderStore.lockWithItems(
                      connection,
                      caller.tenant(),
                      command.orderId(),
                      found -> found.require(OrderState.SUBMITTED, action));
              if (command.allowRework()) {
                orders.addAll(sendBack(connection, order, command));
              } else {
                reject(connection, order, command);
              }
              return Answer.of(
                  200, new JsonObject().put("order", OrderStore.show(connection, order.id())));
            });
    if (command.allowRework()) {
      FreedLeases.withdrawn(bus, orders);
      QueuedWork.announce(bus, commands.pool(), command.orderId());
    }
    return answer;
  }

  private static void reject(SqlConnection connection, OrderRow order, Reject command) {
    var errors = json(command.errors());
    var rejected = new ArrayList<UUID>();
    connection
        .preparedQuery(REJECT_ITEMS)
        .execute(Tuple.of(order.id(), errors))
        .await()
        .forEach(row -> rejected.add(row.getUUID("id")));
    OrderStore.move(
        connection,
        order,
        OrderState.REJECTED,
        order.counts().moved(ItemState.SUBMITTED, ItemState.REJECTED, rejected.size()),
        "error = $1",
        new JsonObject()
            .put("code", "rejected")
            .put("message", "Rejected by a reviewer")
            .put("errors", errors));
    var events = new ArrayList<Event>();
    events.add(
        event(order, null, EventType.REJECTED, command, errors)
            .moved(OrderState.SUBMITTED, OrderState.REJECTED));
    rejected.forEach(
        item ->
            events.add(
                event(order, item, EventType.REJECTED, command, null)
                    .moved(ItemState.SUBMITTED, ItemState.REJECTED)));
    AuditLog.append(connection, events).await();
  }

  private static Collection<OrderMove> sendBack(
      SqlConnection connection, OrderRow order, Reject command) {
    var errors = json(command.errors());
    var items = itemsToSendBack(connection, order, command);
    connection
        .preparedQuery(SEND_BACK)
        .execute(Tuple.tuple().addArrayOfUUID(items.toArray(UUID[]::new)).addValue(errors))
        .await();
    var moves =
        items.stream()
            .map(id -> new ItemMove(order.id(), id, ItemState.SUBMITTED, ItemState.QUEUED))
            .toList();
    var orders = OrderProgress.record(connection, moves).await();
    var caller = command.caller();
    var events = new ArrayList<Event>();
    events.add(event(order, null, EventType.REWORK_REQUESTED, command, errors));
    items.forEach(
        item ->
            events.add(
                event(order, item, EventType.REWORK_REQUESTED, command, errors)
                    .moved(ItemState.SUBMITTED, ItemState.QUEUED)));
    events.addAll(OrderEvents.of(orders, List.of(Cause.actor(order.id(), caller))));
    AuditLog.append(connection, events).await();
    return orders.values();
  }

  private static List<UUID> itemsToSendBack(
      SqlConnection connection, OrderRow order, Reject command) {
    var submitted =
        OrderStore.items(connection, order.id()).stream()
            .filter(item -> item.state() == ItemState.SUBMITTED)
            .map(item -> item.view().id())
            .toList();
    if (command.items().isEmpty()) {
      return submitted;
    }
    var known = new HashSet<>(submitted);
    var violations = new ArrayList<Violation>();
    for (int i = 0; i < command.items().size(); i++) {
      if (!known.contains(command.items().get(i))) {
        violations.add(
            new Violation("/items/" + i, "not_submitted", "is no submitted item of this order"));
      }
    }
    if (!violations.isEmpty()) {
      throw Rejected.invalid("Only submitted items of the order can be sent back", violations);
    }
    return command.items().stream().distinct().toList();
  }

  private static JsonArray json(List<Violation> errors) {
    var json = new JsonArray();
    for (var error : errors) {
      json.add(
          new JsonObject()
              .put("code", error.code())
              .put("message", error.message())
              .put("pointer", error.pointer()));
    }
    return json;
  }

  private static Event event(
      OrderRow order, UUID item, EventType type, Reject command, JsonArray errors) {
    var event =
        Event.of(order.tenant(), order.id(), item, type, command.caller().actor())
            .request(command.caller().requestId());
    return errors == null ? event : event.payload(new JsonObject().put("errors", errors));
  }
}
