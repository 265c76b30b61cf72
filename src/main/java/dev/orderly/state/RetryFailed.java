package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.StateMessages.RetryItem;
import dev.orderly.state.StateMessages.RetryOrder;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Takes up again what failed: items with their attempts reset, or the apply of an order. */
final class RetryFailed {
  private static final String REQUEUE =
      """
      update work_items set state = 'queued', attempts = 0, releases = 0, available_at = now(),
        held = waits_for > 0, updated_at = now()
      where id = any($1) and state = 'failed'
      """;

  private static final String SET_HELD =
      """
      update work_items set held = $2 or waits_for > 0, updated_at = now()
      where order_id = $1 and state = 'queued' and held <> ($2 or waits_for > 0)
      """;

  private static final String ORDER_OF =
      "select order_id from work_items where tenant = $1 and id = $2";

  private static final String SHOW_ITEM =
      "select " + OrderJson.ITEM_COLUMNS + " from work_items where id = $1";

  private final Commands commands;
  private final Bus bus;

  RetryFailed(Commands commands, Bus bus) {
    this.commands = commands;
    this.bus = bus;
  }

  Answer order(RetryOrder command) {
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              var caller = command.caller();
              var order =
                  OrderStore.lockWithItems(
                      connection,
                      caller.tenant(),
                      command.orderId(),
                      found -> {
                        found.requireOwner(caller, command.anyOrder(), "retry");
                        found.require(OrderState.FAILED, "retry");
                      });
              var failed =
                  OrderStore.items(connection, order.id()).stream()
                      .filter(item -> item.state() == ItemState.FAILED)
                      .map(item -> item.view().id())
                      .toList();
              if (order.approved()) {
                applyAgain(connection, order, caller);
              } else {
                requeue(connection, order, failed, caller);
              }
              return Answer.of(
                  200, new JsonObject().put("order", OrderStore.show(connection, order.id())));
            });
    bus.publish(OrderHints.APPROVED, new OrderHint(command.orderId()));
    QueuedWork.announce(bus, commands.pool(), command.orderId());
    return answer;
  }

  Answer item(RetryItem command) {
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              var caller = command.caller();
              var rows =
                  connection
                      .preparedQuery(ORDER_OF)
                      .execute(Tuple.of(caller.tenant(), command.itemId()))
                      .await()
                      .iterator();
              if (!rows.hasNext()) {
                throw Rejected.notFound("item", command.itemId());
              }
              var order =
                  OrderStore.lockWithItems(
                      connection,
                      caller.tenant(),
                      rows.next().getUUID("order_id"),
                      found -> {
                        found.requireOwner(caller, command.anyOrder(), "retry an item of");
                        requireOpenOrFailed(found);
                      });
              requireFailed(connection, order, command.itemId());
              var state = requeue(connection, order, List.of(command.itemId()), caller);
              var item =
                  connection
                      .preparedQuery(SHOW_ITEM)
                      .execute(Tuple.of(command.itemId()))
                      .await()
                      .iterator()
                      .next();
              return Answer.of(
                  200,
                  new JsonObject()
                      .put("item", OrderJson.item(item))
                      .put("order_state", state.wire()));
            });
    QueuedWork.announce(
        bus,
        commands.pool(),
        UUID.fromString(answer.body().getJsonObject("item").getString("order_id")));
    return answer;
  }

  private static void requireOpenOrFailed(OrderRow order) {
    if (!order.state().open() && order.state() != OrderState.FAILED) {
      throw order.conflict("retry an item of");
    }
    if (order.approved()) {
      throw new Rejected(
              ErrorCode.STATE_CONFLICT,
              "Order %s was approved without its failed items; only its apply can be retried"
                  .formatted(order.id()))
          .next("Retry the order");
    }
  }

  private static void requireFailed(SqlConnection connection, OrderRow order, UUID itemId) {
    var state =
        OrderStore.items(connection, order.id()).stream()
            .filter(item -> item.view().id().equals(itemId))
            .map(OrderStore.Submission::state)
            .findFirst()
            .orElseThrow();
    if (state != ItemState.FAILED) {
      throw new Rejected(
          ErrorCode.STATE_CONFLICT,
          "Expected to retry item %s, but it is in state %s".formatted(itemId, state.wire()));
    }
  }

  private static OrderState requeue(
      SqlConnection connection, OrderRow order, List<UUID> items, Caller caller) {
    connection
        .preparedQuery(REQUEUE)
        .execute(Tuple.tuple().addArrayOfUUID(items.toArray(UUID[]::new)))
        .await();
    var moves =
        items.stream()
            .map(id -> new ItemMove(order.id(), id, ItemState.FAILED, ItemState.QUEUED))
            .toList();
    var orders = OrderProgress.reopen(connection, moves).await();
    var state = orders.get(order.id()).state();
    connection.preparedQuery(SET_HELD).execute(Tuple.of(order.id(), !state.open())).await();
    var events = new ArrayList<Event>();
    for (var item : items) {
      events.add(
          Event.of(order.tenant(), order.id(), item, EventType.RETRIED, caller.actor())
              .moved(ItemState.FAILED, ItemState.QUEUED)
              .request(caller.requestId()));
    }
    events.addAll(OrderEvents.of(orders, List.of(Cause.actor(order.id(), caller))));
    AuditLog.append(connection, events).await();
    return state;
  }

  /** Everything was approved; only the change could not be made. */
  private static void applyAgain(SqlConnection connection, OrderRow order, Caller caller) {
    OrderStore.move(
        connection,
        order,
        OrderState.APPROVED,
        order.counts(),
        "apply_next_at = now(), apply_attempts = 0, error = null");
    AuditLog.append(
            connection,
            List.of(
                Event.of(order.tenant(), order.id(), null, EventType.RETRIED, caller.actor())
                    .moved(OrderState.FAILED, OrderState.APPROVED)
                    .request(caller.requestId())))
        .await();
  }
}
