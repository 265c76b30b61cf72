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
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Stops an order and everything that is not finished of it. Holders lose their leases. */
final class CancelOrder {
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
              freed.addAll(cancel(connection, order, command));
              return Answer.of(
                  200, new JsonObject().put("order", OrderStore.show(connection, order.id())));
            });
    bus.publish(OrderHints.CANCELLED, new OrderHint(command.orderId()));
    FreedLeases.announce(bus, freed);
    return answer;
  }

  private static void requireCancellable(OrderRow order, Cancel command) {
    order.requireOwner(command.caller(), command.anyOrder(), "cancel");
    if (!Transitions.ORDER.allows(order.state(), OrderState.CANCELLED)) {
      throw order.conflict("cancel");
    }
    boolean begun = order.applyAttempts() > 0 || order.counts().in(ItemState.COMPLETED) > 0;
    if (order.state() == OrderState.APPROVED && begun) {
      throw new Rejected(
          ErrorCode.STATE_CONFLICT,
          "Order %s is being applied and cannot be cancelled any more".formatted(order.id()));
    }
  }

  private static JsonObject waiting(List<UUID> orders) {
    return new JsonObject()
        .put("waiting_orders", new JsonArray(orders.stream().map(UUID::toString).toList()));
  }

  /** Gives the leases that ended and leave room in limits. */
  private static List<Freed> cancel(SqlConnection connection, OrderRow order, Cancel command) {
    var caller = command.caller();
    var cancelled = CancelItems.run(connection, order, Set.of());
    OrderStore.move(
        connection,
        order,
        OrderState.CANCELLED,
        cancelled.counts(),
        "apply_next_at = null, apply_owner = null, apply_lease_expires_at = null");
    var events = new ArrayList<Event>();
    var waiting = EarlierOrders.waitingFor(connection, order.id());
    events.add(
        Event.of(order.tenant(), order.id(), null, EventType.CANCELLED, caller.actor())
            .payload(waiting.isEmpty() ? null : waiting(waiting))
            .moved(order.state(), OrderState.CANCELLED)
            .message(command.reason())
            .request(caller.requestId()));
    events.addAll(CancelItems.events(order, cancelled, caller));
    AuditLog.append(connection, events).await();
    return cancelled.freed();
  }
}
