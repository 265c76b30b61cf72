package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Transitions;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.state.StateMessages.Cancel;
import dev.orderly.state.dependencies.EarlierOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;

/** Stops an order and everything that is not finished of it. Holders lose their leases. */
final class CancelOrder {
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

  private final Commands commands;
  private final Bus bus;

  CancelOrder(Commands commands, Bus bus) {
    this.commands = commands;
    this.bus = bus;
  }

  Answer run(Cancel command) {
    var freed = new ArrayList<Freed>();
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              freed.clear();
              var caller = command.caller();
              var order =
                  OrderStore.lockWithItems(
                      connection,
                      caller.tenant(),
                      command.orderId(),
                      found -> requireCancellable(found, command));
              freed.addAll(counted(connection, order));
              cancel(connection, order, command);
              return Answer.of(
                  200, new JsonObject().put("order", OrderStore.show(connection, order.id())));
            });
    bus.publish(OrderHints.CANCELLED, new OrderHint(command.orderId()));
    FreedLeases.announce(bus, freed);
    return answer;
  }

  /** The leases that end with the order and leave room in limits. */
  private static List<Freed> counted(SqlConnection connection, OrderRow order) {
    var freed = new ArrayList<Freed>();
    for (Row row : connection.preparedQuery(COUNTED).execute(Tuple.of(order.id())).await()) {
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

  private static void requireCancellable(OrderRow order, Cancel command) {
    order.requireOwner(command.caller(), command.anyOrder(), "cancel");
    if (!Transitions.ORDER.allows(order.state(), OrderState.CANCELLED)) {
      throw order.conflict("cancel");
    }
    if (order.state() == OrderState.APPROVED && order.applyAttempts() > 0) {
      throw new Rejected(
          ErrorCode.STATE_CONFLICT,
          "Order %s is being applied and cannot be cancelled any more".formatted(order.id()));
    }
  }

  private static JsonObject waiting(List<UUID> orders) {
    return new JsonObject()
        .put("waiting_orders", new JsonArray(orders.stream().map(UUID::toString).toList()));
  }

  private static void cancel(SqlConnection connection, OrderRow order, Cancel command) {
    var caller = command.caller();
    var counts = order.counts();
    var cancelled = new LinkedHashMap<UUID, ItemState>();
    for (var item : OrderStore.items(connection, order.id())) {
      if (Transitions.ITEM.allows(item.state(), ItemState.CANCELLED)) {
        counts = counts.moved(item.state(), ItemState.CANCELLED, 1);
        cancelled.put(item.view().id(), item.state());
      }
    }
    connection
        .preparedQuery(CANCEL_ITEMS)
        .execute(Tuple.tuple().addArrayOfUUID(cancelled.keySet().toArray(UUID[]::new)))
        .await();
    OrderStore.move(
        connection,
        order,
        OrderState.CANCELLED,
        counts,
        "apply_next_at = null, apply_owner = null, apply_lease_expires_at = null");
    var events = new ArrayList<Event>();
    var waiting = EarlierOrders.waitingFor(connection, order.id());
    events.add(
        Event.of(order.tenant(), order.id(), null, EventType.CANCELLED, caller.actor())
            .payload(waiting.isEmpty() ? null : waiting(waiting))
            .moved(order.state(), OrderState.CANCELLED)
            .message(command.reason())
            .request(caller.requestId()));
    cancelled.forEach(
        (item, from) ->
            events.add(
                Event.of(order.tenant(), order.id(), item, EventType.CANCELLED, caller.actor())
                    .moved(from, ItemState.CANCELLED)
                    .request(caller.requestId())));
    AuditLog.append(connection, events).await();
  }
}
