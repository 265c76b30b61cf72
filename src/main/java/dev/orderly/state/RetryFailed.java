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
import dev.orderly.lifecycle.ItemApplies;
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
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Takes up again what failed: items with their attempts reset, or the apply of an order. */
final class RetryFailed {
  private static final String REQUEUE =
      """
      update work_items set state = 'queued', attempts = 0, releases = 0, available_at = now(),
        held = waits_for > 0, updated_at = now()
      where id = any($1) and state = 'failed'
      """;

  private static final String ACCEPT_AGAIN =
      """
      update work_items set state = 'accepted', error = null, updated_at = now()
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
              var toApply = ItemApplies.failed(connection, order.id());
              if (order.approved()) {
                applyAgain(connection, order, toApply, caller);
              } else {
                takeUp(connection, order, failed(connection, order), toApply, caller);
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
              var state = item(connection, order, command.itemId(), caller);
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
    var order = UUID.fromString(answer.body().getJsonObject("item").getString("order_id"));
    bus.publish(OrderHints.APPROVED, new OrderHint(order));
    QueuedWork.announce(bus, commands.pool(), order);
    return answer;
  }

  private static List<UUID> failed(SqlConnection connection, OrderRow order) {
    return OrderStore.standings(connection, order.id()).stream()
        .filter(item -> item.state() == ItemState.FAILED)
        .map(OrderStore.Standing::id)
        .toList();
  }

  /** Gives the order's state then. */
  private static OrderState item(
      SqlConnection connection, OrderRow order, UUID item, Caller caller) {
    var toApply = ItemApplies.failed(connection, order.id());
    boolean applyAlone = toApply.contains(item);
    if (!order.approved()) {
      var taken = applyAlone ? Set.of(item) : Set.<UUID>of();
      return takeUp(connection, order, List.of(item), taken, caller);
    }
    if (!applyAlone) {
      throw new Rejected(
              ErrorCode.STATE_CONFLICT,
              "Order %s was approved without its failed items; only its apply can be retried"
                  .formatted(order.id()))
          .next("Retry the order");
    }
    if (order.state() == OrderState.FAILED && failed(connection, order).size() == 1) {
      applyAgain(connection, order, toApply, caller);
      return OrderState.APPROVED;
    }
    takeUp(connection, order, List.of(item), Set.of(item), caller);
    return order.state();
  }

  private static void requireOpenOrFailed(OrderRow order) {
    boolean applying = order.state() == OrderState.APPROVED && order.applyAttempts() == 0;
    if (!order.state().open() && order.state() != OrderState.FAILED && !applying) {
      throw order.conflict("retry an item of");
    }
  }

  private static void requireFailed(SqlConnection connection, OrderRow order, UUID itemId) {
    var state =
        OrderStore.standings(connection, order.id()).stream()
            .filter(item -> item.id().equals(itemId))
            .map(OrderStore.Standing::state)
            .findFirst()
            .orElseThrow();
    if (state != ItemState.FAILED) {
      throw new Rejected(
          ErrorCode.STATE_CONFLICT,
          "Expected to retry item %s, but it is in state %s".formatted(itemId, state.wire()));
    }
  }

  /**
   * Takes failed items up again, each where it failed: what was accepted is to be applied, what was
   * not is to be done.
   *
   * @param toApply those of the items whose own change failed
   * @return the order's state then; that of one that was approved stays as it is
   */
  private static OrderState takeUp(
      SqlConnection connection,
      OrderRow order,
      List<UUID> items,
      Set<UUID> toApply,
      Caller caller) {
    var toDo = items.stream().filter(item -> !toApply.contains(item)).toArray(UUID[]::new);
    connection.preparedQuery(REQUEUE).execute(Tuple.tuple().addArrayOfUUID(toDo)).await();
    acceptAgain(connection, order, toApply);
    var moves =
        items.stream()
            .map(id -> new ItemMove(order.id(), id, ItemState.FAILED, target(id, toApply)))
            .toList();
    boolean approved = !toApply.isEmpty() && order.approved();
    var orders =
        (approved
                ? OrderProgress.record(connection, moves)
                : OrderProgress.reopen(connection, moves))
            .await();
    var state = orders.get(order.id()).state();
    connection.preparedQuery(SET_HELD).execute(Tuple.of(order.id(), !state.open())).await();
    var events = new ArrayList<>(retried(order, items, toApply, caller));
    events.addAll(OrderEvents.of(orders, List.of(Cause.actor(order.id(), caller))));
    AuditLog.append(connection, events).await();
    return state;
  }

  private static ItemState target(UUID item, Set<UUID> toApply) {
    return toApply.contains(item) ? ItemState.ACCEPTED : ItemState.QUEUED;
  }

  private static void acceptAgain(SqlConnection connection, OrderRow order, Set<UUID> items) {
    if (!items.isEmpty()) {
      connection
          .preparedQuery(ACCEPT_AGAIN)
          .execute(Tuple.tuple().addArrayOfUUID(items.toArray(UUID[]::new)))
          .await();
      ItemApplies.accepted(connection, order.id(), items);
    }
  }

  private static List<Event> retried(
      OrderRow order, Collection<UUID> items, Set<UUID> toApply, Caller caller) {
    return items.stream()
        .map(
            item ->
                Event.of(order.tenant(), order.id(), item, EventType.RETRIED, caller.actor())
                    .moved(ItemState.FAILED, target(item, toApply))
                    .request(caller.requestId()))
        .toList();
  }

  /**
   * Everything was approved; only the change could not be made.
   *
   * @param items those whose own change failed, if items are applied one by one
   */
  private static void applyAgain(
      SqlConnection connection, OrderRow order, Set<UUID> items, Caller caller) {
    acceptAgain(connection, order, items);
    OrderStore.move(
        connection,
        order,
        OrderState.APPROVED,
        order.counts().moved(ItemState.FAILED, ItemState.ACCEPTED, items.size()),
        "apply_next_at = now(), apply_attempts = 0, error = null");
    var events = new ArrayList<>(retried(order, items, items, caller));
    events.add(
        Event.of(order.tenant(), order.id(), null, EventType.RETRIED, caller.actor())
            .moved(OrderState.FAILED, OrderState.APPROVED)
            .request(caller.requestId()));
    AuditLog.append(connection, events).await();
  }
}
