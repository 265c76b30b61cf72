package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.audit.ViolationJson;
import dev.orderly.bus.Bus;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.state.Commands;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import dev.orderly.state.OrderStore.Standing;
import dev.orderly.state.QueuedWork;
import dev.orderly.state.StateMessages.Reject;
import dev.orderly.state.review.Rework.Returned;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Rejects an order for good, or sends items back with what the reviewer asks for. */
final class RejectOrder {
  private static final String REJECT_ITEMS =
      """
      update work_items set state = 'rejected', review_errors = $2, updated_at = now()
      where order_id = $1 and state in ('submitted', 'accepted')
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
    var moved = new ArrayList<OrderMove>(1);
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              moved.clear();
              return decide(connection, command, moved);
            });
    if (command.allowRework()) {
      FreedLeases.withdrawn(bus, moved);
      QueuedWork.announce(bus, commands.pool(), command.orderId());
    }
    return answer;
  }

  private static Answer decide(SqlConnection connection, Reject command, List<OrderMove> moved) {
    var caller = command.caller();
    var action = command.allowRework() ? "send back" : "reject";
    var order =
        OrderStore.lockWithItems(
            connection,
            caller.tenant(),
            command.orderId(),
            found -> found.require(OrderState.SUBMITTED, action));
    var policy = OrderPolicy.of(connection, order.id());
    var digest = ReviewDigest.ofOrder(connection, order.id());
    command.seen().require(policy.digestRequired(), digest, "order", order.id());
    if (command.allowRework()) {
      moved.add(
          Rework.sendBack(
              connection,
              order,
              itemsToSendBack(connection, order, command),
              ViolationJson.of(command.errors()),
              caller,
              true));
    } else {
      reject(connection, order, command, digest);
    }
    return Answer.of(200, new JsonObject().put("order", OrderStore.show(connection, order.id())));
  }

  private static void reject(
      SqlConnection connection, OrderRow order, Reject command, String digest) {
    var errors = ViolationJson.of(command.errors());
    var rejected =
        OrderStore.standings(connection, order.id()).stream().filter(RejectOrder::inForce).toList();
    if (order.counts().in(ItemState.ACCEPTED) > 0) {
      ItemApplies.stop(connection, order.id());
    }
    connection.preparedQuery(REJECT_ITEMS).execute(Tuple.of(order.id(), errors)).await();
    OrderStore.move(
        connection,
        order,
        OrderState.REJECTED,
        order
            .counts()
            .moved(ItemState.SUBMITTED, ItemState.REJECTED, order.counts().in(ItemState.SUBMITTED))
            .moved(ItemState.ACCEPTED, ItemState.REJECTED, order.counts().in(ItemState.ACCEPTED)),
        "error = $1, review_closing = false",
        ReviewErrors.ofOrder(errors));
    var events = new ArrayList<Event>();
    events.add(
        event(order, null, command)
            .payload(new JsonObject().put("errors", errors).put("digest", digest))
            .moved(OrderState.SUBMITTED, OrderState.REJECTED));
    rejected.forEach(
        item ->
            events.add(event(order, item.id(), command).moved(item.state(), ItemState.REJECTED)));
    AuditLog.append(connection, events).await();
  }

  private static boolean inForce(Standing item) {
    return item.state() == ItemState.SUBMITTED || item.state() == ItemState.ACCEPTED;
  }

  private static List<Returned> itemsToSendBack(
      SqlConnection connection, OrderRow order, Reject command) {
    var inForce =
        OrderStore.standings(connection, order.id()).stream()
            .filter(RejectOrder::inForce)
            .map(item -> new Returned(item.id(), item.state(), item.fence()))
            .toList();
    if (command.items().isEmpty()) {
      var submitted = inForce.stream().filter(i -> i.from() == ItemState.SUBMITTED).toList();
      return submitted.isEmpty() ? inForce : submitted;
    }
    var known = inForce.stream().collect(Collectors.toMap(Returned::id, Function.identity()));
    var violations = new ArrayList<Violation>();
    for (int i = 0; i < command.items().size(); i++) {
      if (!known.containsKey(command.items().get(i))) {
        violations.add(
            new Violation(
                "/items/" + i, "not_submitted", "is no submitted or accepted item of this order"));
      }
    }
    if (!violations.isEmpty()) {
      throw Rejected.invalid("Only submitted items of the order can be sent back", violations);
    }
    return command.items().stream().distinct().map(known::get).toList();
  }

  private static Event event(OrderRow order, UUID item, Reject command) {
    return Event.of(order.tenant(), order.id(), item, EventType.REJECTED, command.caller().actor())
        .request(command.caller().requestId());
  }
}
