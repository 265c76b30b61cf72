package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.state.OrderStore.Submission;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the results of orders that are approved automatically and applied item by item, each as
 * it comes. What the type objects to is left to people, with all that is still to come.
 */
final class AutoAcceptance {
  private static final Logger LOG = LoggerFactory.getLogger(AutoAcceptance.class);
  private static final Actor ACTOR = Actor.system("auto-approval");

  private static final String WAITING =
      """
      auto_approve and apply_per_item and state in ('queued', 'checked_out', 'in_progress')
        and items_submitted > 0\
      """;

  private static final String LOCK_ITEM =
      """
      select 1 from work_items where id = $1 and state = 'submitted' and fence = $2
      for no key update
      """;

  // It may have failed, or been left to people, since it was looked at.
  private static final String LOCK_ORDER =
      """
      select 1 from work_orders where id = $1 and auto_approve and state = any($2)
      for no key update
      """;

  private static final String ACCEPT =
      """
      update work_items set state = 'accepted', accepted_at = now(), updated_at = now()
      where id = $1
      """;

  private static final String LEAVE_TO_PEOPLE =
      "update work_orders set auto_approve = false where id = $1 and auto_approve";

  private final Commands commands;
  private final KnownTypes types;
  private final Hooks hooks;
  private final Bus bus;
  private final WaitingOrders waiting;

  AutoAcceptance(Commands commands, KnownTypes types, Hooks hooks, Bus bus) {
    this.commands = commands;
    this.types = types;
    this.hooks = hooks;
    this.bus = bus;
    this.waiting = new WaitingOrders(commands, WAITING, this::attempt);
  }

  /** Considers what was submitted of one order. */
  void consider(UUID orderId) {
    waiting.consider(orderId);
  }

  /** Considers every order of which something submitted waits. */
  void sweep() {
    waiting.sweep();
  }

  private void attempt(String tenant, UUID id) {
    try {
      accept(OrderStore.find(commands.pool(), tenant, id));
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("order_id", id)
          .log("Items will be accepted automatically later: {}", e.getMessage());
    }
  }

  private void accept(OrderRow order) {
    var version = new Version(order.type(), order.typeVersion());
    var type = types.resolve(List.of(version)).await().get(version);
    if (type == null) {
      throw TypeMissing.of(order.type(), order.typeVersion());
    }
    var submitted = OrderStore.items(commands.pool(), order.id(), EnumSet.of(ItemState.SUBMITTED));
    for (var item : submitted) {
      var objections = hooks.run(() -> objections(type, order, item));
      if (!objections.isEmpty()) {
        leaveToPeople(order, item, objections);
        return;
      }
      var moved = commands.inTransaction(connection -> accept(connection, order, item));
      if (moved != null) {
        bus.publish(OrderHints.APPROVED, new OrderHint(order.id()));
        WorkHints.unblocked(bus, List.of(moved));
        if (moved.state() == OrderState.SUBMITTED) {
          bus.tell(OrderHints.SUBMITTED, new OrderHint(order.id()));
        }
      }
    }
  }

  private static List<Violation> objections(OrderType type, OrderRow order, Submission item) {
    try {
      return type.canApprove(order.view(), List.of(item.view()));
    } catch (TypeFailure e) {
      return List.of(new Violation("", "check_failed", e.getMessage()));
    }
  }

  /** Where the order stands then; null if it or the item changed since they were looked at. */
  private static OrderMove accept(SqlConnection connection, OrderRow order, Submission item) {
    var id = item.view().id();
    var open = OrderState.OPEN.stream().map(OrderState::wire).toArray(String[]::new);
    boolean unchanged =
        found(connection, LOCK_ITEM, Tuple.of(id, item.fence()))
            && found(connection, LOCK_ORDER, Tuple.of(order.id()).addArrayOfString(open));
    if (!unchanged) {
      return null;
    }
    connection.preparedQuery(ACCEPT).execute(Tuple.of(id)).await();
    ItemApplies.accepted(connection, order.id(), List.of(id));
    var move = new ItemMove(order.id(), id, ItemState.SUBMITTED, ItemState.ACCEPTED);
    var orders = OrderProgress.record(connection, List.of(move)).await();
    var events = new ArrayList<Event>();
    events.add(
        Event.of(order.tenant(), order.id(), id, EventType.ACCEPTED, ACTOR)
            .moved(ItemState.SUBMITTED, ItemState.ACCEPTED));
    events.addAll(OrderEvents.of(orders, List.of(new Cause(order.id(), ACTOR, null))));
    AuditLog.append(connection, events).await();
    return orders.get(order.id());
  }

  private static boolean found(SqlConnection connection, String lock, Tuple parameters) {
    return connection.preparedQuery(lock).execute(parameters).await().size() > 0;
  }

  private void leaveToPeople(OrderRow order, Submission item, List<Violation> objections) {
    var errors = new JsonArray();
    objections.forEach(
        e -> errors.add(new JsonObject().put("code", e.code()).put("message", e.message())));
    commands.inTransaction(
        connection -> {
          var changed =
              connection.preparedQuery(LEAVE_TO_PEOPLE).execute(Tuple.of(order.id())).await();
          if (changed.rowCount() == 1) {
            AuditLog.append(
                    connection,
                    List.of(
                        Event.of(
                                order.tenant(),
                                order.id(),
                                item.view().id(),
                                EventType.REFUSED,
                                ACTOR)
                            .payload(new JsonObject().put("errors", errors))
                            .message("Not accepted automatically; the order is left to reviewers")))
                .await();
          }
          return null;
        });
  }
}
