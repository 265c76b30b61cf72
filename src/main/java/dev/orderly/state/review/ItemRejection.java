package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.audit.ViolationJson;
import dev.orderly.bus.Bus;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.CancelItems;
import dev.orderly.state.Commands;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import dev.orderly.state.QueuedWork;
import dev.orderly.state.review.ReviewMessages.RejectItem;
import dev.orderly.state.review.Rework.Returned;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Rejects single items: sends them back, or for good. What the latter does to the order its type
 * says by {@code on_item_failure}: the order is rejected and whatever else of it stops, or it goes
 * on without the item.
 */
final class ItemRejection {
  private static final Set<ItemState> REWORKABLE =
      EnumSet.of(ItemState.SUBMITTED, ItemState.ACCEPTED);

  private static final String REJECT =
      """
      update work_items set state = 'rejected', review_errors = $2, updated_at = now()
      where id = $1 and state = 'submitted'
      """;

  private static final String SET_ERROR = "update work_orders set error = $2 where id = $1";

  private static final String CLOSE_LATER =
      """
      update work_orders set review_closing = true
      where id = $1 and items_accepted > 0 and not review_closing
      """;

  private final Commands commands;
  private final Bus bus;
  private final Decided decided;

  ItemRejection(Commands commands, Bus bus, Decided decided) {
    this.commands = commands;
    this.bus = bus;
    this.decided = decided;
  }

  Answer run(RejectItem command) {
    var freed = new ArrayList<Freed>();
    var moved = new ArrayList<OrderMove>(1);
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              freed.clear();
              moved.clear();
              return decide(connection, command, freed, moved);
            });
    FreedLeases.withdrawn(bus, moved);
    if (answer.replayed()) {
      return answer;
    }
    var orderId = UUID.fromString(answer.body().getJsonObject("item").getString("order_id"));
    if (command.allowRework()) {
      QueuedWork.announce(bus, commands.pool(), orderId);
      return answer;
    }
    if (answer.body().getString("order_state").equals(OrderState.REJECTED.wire())) {
      // Whoever still holds an item of it has lost it.
      bus.publish(OrderHints.CANCELLED, new OrderHint(orderId));
      FreedLeases.announce(bus, freed);
    }
    return decided.close(command.caller().tenant(), command.idempotency(), answer);
  }

  private static Answer decide(
      SqlConnection connection, RejectItem command, List<Freed> freed, List<OrderMove> moved) {
    var tenant = command.caller().tenant();
    var found = ItemRow.find(connection, tenant, command.itemId());
    var policy = OrderPolicy.of(connection, found.orderId());
    var errors = ViolationJson.of(command.errors());
    OrderState state;
    if (command.allowRework()) {
      var locked =
          ItemRow.lockWithDependents(connection, tenant, found.id(), REWORKABLE, "send back");
      requireSeen(connection, command, policy);
      var item = locked.item();
      moved.add(
          Rework.sendBack(
              connection,
              locked.order(),
              List.of(new Returned(item.id(), item.state(), item.fence())),
              errors,
              command.caller(),
              false));
      state = moved.getFirst().state();
    } else if (policy.onItemFailure() == OnItemFailure.CONTINUE) {
      var locked =
          ItemRow.lockWithDependents(
              connection, tenant, found.id(), Set.of(ItemState.SUBMITTED), "reject");
      requireSeen(connection, command, policy);
      moved.add(goOnWithout(connection, locked, errors, command));
      state = moved.getFirst().state();
    } else {
      state = rejectOrder(connection, found, policy, errors, command, freed);
    }
    return Answer.of(200, Decided.body(connection, command.itemId(), state));
  }

  private static void requireSeen(
      SqlConnection connection, RejectItem command, OrderPolicy policy) {
    var digest = ReviewDigest.ofItem(connection, command.itemId());
    command.seen().require(policy.digestRequired(), digest, "item", command.itemId());
  }

  private static OrderMove goOnWithout(
      SqlConnection connection, ItemRow.Locked locked, JsonArray errors, RejectItem command) {
    var order = locked.order();
    var item = locked.item().id();
    reject(connection, item, errors);
    var moves = List.of(new ItemMove(order.id(), item, ItemState.SUBMITTED, ItemState.REJECTED));
    var orders = OrderProgress.record(connection, moves).await();
    var state = orders.get(order.id()).state();
    if (state == OrderState.REJECTED) {
      connection
          .preparedQuery(SET_ERROR)
          .execute(Tuple.of(order.id(), ReviewErrors.ofOrder(errors)))
          .await();
    }
    // What is accepted by now may be all that is left.
    connection.preparedQuery(CLOSE_LATER).execute(Tuple.of(order.id())).await();
    var events = new ArrayList<Event>();
    events.add(rejected(order, item, errors, command));
    events.addAll(OrderEvents.of(orders, List.of(Cause.actor(order.id(), command.caller()))));
    AuditLog.append(connection, events).await();
    return orders.get(order.id());
  }

  private static OrderState rejectOrder(
      SqlConnection connection,
      ItemRow found,
      OrderPolicy policy,
      JsonArray errors,
      RejectItem command,
      List<Freed> freed) {
    var caller = command.caller();
    var submitted = Set.of(ItemState.SUBMITTED);
    found.require(submitted, "reject");
    var order =
        OrderStore.lockWithItems(
            connection,
            caller.tenant(),
            found.orderId(),
            row -> ItemRow.requireUnderReview(row, "reject"));
    ItemRow.find(connection, caller.tenant(), found.id()).require(submitted, "reject");
    requireSeen(connection, command, policy);
    reject(connection, found.id(), errors);
    var cancelled = CancelItems.run(connection, order, Set.of(found.id()));
    freed.addAll(cancelled.freed());
    OrderStore.move(
        connection,
        order,
        OrderState.REJECTED,
        cancelled.counts().moved(ItemState.SUBMITTED, ItemState.REJECTED, 1),
        "error = $1, review_closing = false",
        ReviewErrors.ofOrder(errors));
    var events = new ArrayList<Event>();
    events.add(
        Event.of(order.tenant(), order.id(), null, EventType.REJECTED, caller.actor())
            .payload(new JsonObject().put("errors", errors).put("item_id", found.id().toString()))
            .moved(order.state(), OrderState.REJECTED)
            .request(caller.requestId()));
    events.add(rejected(order, found.id(), errors, command));
    events.addAll(CancelItems.events(order, cancelled, caller));
    AuditLog.append(connection, events).await();
    return OrderState.REJECTED;
  }

  private static void reject(SqlConnection connection, UUID item, JsonArray errors) {
    var written = connection.preparedQuery(REJECT).execute(Tuple.of(item, errors)).await();
    if (written.rowCount() != 1) {
      throw new IllegalStateException("a submitted item changed under its lock");
    }
  }

  private static Event rejected(OrderRow order, UUID item, JsonArray errors, RejectItem command) {
    return Event.of(order.tenant(), order.id(), item, EventType.REJECTED, command.caller().actor())
        .payload(new JsonObject().put("errors", errors))
        .moved(ItemState.SUBMITTED, ItemState.REJECTED)
        .request(command.caller().requestId());
  }
}
