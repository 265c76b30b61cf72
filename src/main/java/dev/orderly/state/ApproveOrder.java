package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.state.OrderStore.Submission;
import dev.orderly.state.StateMessages.Approve;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Approves what was submitted. The change itself is made elsewhere, durably. */
final class ApproveOrder {
  private static final String ACCEPT =
      """
      update work_items set state = 'accepted', accepted_at = now(), updated_at = now()
      where order_id = $1 and state = 'submitted' returning id
      """;

  private final Commands commands;
  private final KnownTypes types;
  private final Hooks hooks;
  private final Bus bus;
  private final SettledOrders settled;

  ApproveOrder(Commands commands, KnownTypes types, Hooks hooks, Bus bus, SettledOrders settled) {
    this.hooks = hooks;
    this.commands = commands;
    this.types = types;
    this.bus = bus;
    this.settled = settled;
  }

  /** A person's or an agent's approval; waits for the change as long as the caller wishes. */
  Answer run(Approve command) {
    var caller = command.caller();
    var done = settled.expect(command.orderId());
    try {
      var reviewed = new Reviewed(caller.tenant(), command.orderId());
      var answer =
          commands.run(
              command.idempotency(),
              connection -> {
                approve(connection, reviewed, caller.actor(), command.notes(), caller.requestId());
                return pending(OrderStore.show(connection, command.orderId()));
              });
      if (answer.replayed()) {
        return answer;
      }
      bus.publish(OrderHints.APPROVED, new OrderHint(command.orderId()));
      settled.await(done, command.waitSeconds());
      return outcome(command);
    } finally {
      settled.forget(done);
    }
  }

  /** The system's approval of an order whose type allows it. */
  void runAutomatically(String tenant, UUID orderId) {
    var reviewed = new Reviewed(tenant, orderId);
    commands.inTransaction(
        connection -> {
          approve(connection, reviewed, Actor.system("auto-approval"), null, null);
          return null;
        });
    bus.publish(OrderHints.APPROVED, new OrderHint(orderId));
  }

  private Answer outcome(Approve command) {
    var order = OrderStore.show(commands.pool(), command.orderId());
    var state = OrderState.of(order.getString("state"));
    if (state != OrderState.COMPLETED && state != OrderState.APPLIED) {
      return pending(order);
    }
    var answer =
        Answer.of(
            200, new JsonObject().put("order", order).put("diff", order.getJsonObject("diff")));
    commands.inTransaction(
        connection -> {
          commands.idempotency().amend(connection, command.idempotency(), answer);
          return null;
        });
    return answer;
  }

  private static Answer pending(JsonObject order) {
    return Answer.of(
        202,
        new JsonObject().put("order", order).put("status_url", "/orders/" + order.getString("id")));
  }

  /** What the type was asked about before the transaction began: its rules may take their time. */
  private final class Reviewed {
    private final String tenant;
    private final UUID orderId;
    private List<Submission> items;

    Reviewed(String tenant, UUID orderId) {
      this.tenant = tenant;
      this.orderId = orderId;
      review();
    }

    private void review() {
      var order = OrderStore.find(commands.pool(), tenant, orderId);
      items = submitted(OrderStore.items(commands.pool(), orderId));
      if (order.state() == OrderState.SUBMITTED) {
        requireReady(order);
      }
    }

    private void requireReady(OrderRow order) {
      var version = new Version(order.type(), order.typeVersion());
      var type = types.resolve(List.of(version)).await().get(version);
      if (type == null) {
        throw TypeMissing.of(order.type(), order.typeVersion());
      }
      var views = items.stream().map(Submission::view).toList();
      var objections = hooks.run(() -> objections(type, order, views));
      if (!objections.isEmpty()) {
        throw new Rejected(
            ErrorCode.NOT_READY,
            "Order %s is not ready for approval".formatted(orderId),
            objections,
            List.of("Reject the order with allow_rework to send items back"));
      }
    }

    private static List<Violation> objections(
        OrderType type, OrderRow order, List<ItemView> items) {
      try {
        return type.canApprove(order.view(), items);
      } catch (TypeFailure e) {
        return List.of(new Violation("", "check_failed", e.getMessage()));
      }
    }

    /** True if the items are still those that the type was asked about. */
    boolean holds(SqlConnection connection) {
      return items.equals(submitted(OrderStore.items(connection, orderId)));
    }

    private static List<Submission> submitted(List<Submission> items) {
      return items.stream().filter(item -> item.state() == ItemState.SUBMITTED).toList();
    }
  }

  private void approve(
      SqlConnection connection, Reviewed reviewed, Actor actor, String notes, String requestId) {
    var order =
        OrderStore.lockWithItems(
            connection,
            reviewed.tenant,
            reviewed.orderId,
            found -> found.require(OrderState.SUBMITTED, "approve"));
    if (!reviewed.holds(connection)) {
      throw new Rejected(
          ErrorCode.NOT_READY,
          "Order %s changed while it was being approved; look at it again".formatted(order.id()));
    }
    var accepted = new ArrayList<UUID>();
    connection
        .preparedQuery(ACCEPT)
        .execute(Tuple.of(order.id()))
        .await()
        .forEach(row -> accepted.add(row.getUUID("id")));
    OrderStore.move(
        connection,
        order,
        OrderState.APPROVED,
        order.counts().moved(ItemState.SUBMITTED, ItemState.ACCEPTED, accepted.size()),
        """
        approved_at = now(), approved_by_type = $1, approved_by_id = $2, apply_next_at = now(),
        apply_attempts = 0, error = null
        """,
        actor.kind().wire(),
        actor.id());
    var events = new ArrayList<Event>();
    events.add(
        Event.of(order.tenant(), order.id(), null, EventType.APPROVED, actor)
            .payload(new JsonObject().put("items", accepted.size()))
            .moved(OrderState.SUBMITTED, OrderState.APPROVED)
            .message(notes)
            .request(requestId));
    for (var item : accepted) {
      events.add(
          Event.of(order.tenant(), order.id(), item, EventType.ACCEPTED, actor)
              .moved(ItemState.SUBMITTED, ItemState.ACCEPTED)
              .request(requestId));
    }
    AuditLog.append(connection, events).await();
  }
}
