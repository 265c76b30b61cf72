package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.state.StateMessages.Revert;
import dev.orderly.storage.Ids;
import dev.orderly.types.OrderType;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/**
 * Proposes the order that undoes another's change. It has one item, submitted by whoever asked,
 * whose result is the diff to undo: so it is previewed, approved, applied and recorded like any.
 */
final class RevertOrder {
  private static final String LIVE =
      """
      select id, state from work_orders where reverts_order_id = $1
        and state not in ('rejected', 'cancelled', 'dead_lettered')
      """;

  private static final String INSERT_ORDER =
      """
      insert into work_orders (id, tenant, type, type_version, state, priority, payload, meta,
        requested_by_type, requested_by_id, on_item_failure, auto_approve, items_queued,
        items_submitted, apply_max_attempts, reverts_order_id, review_quorum,
        review_four_eyes, review_digest_required, review_escalate_seconds, last_transitioned_at, created_at,
        updated_at)
      select $1, tenant, type, type_version, 'submitted', priority, payload, $3, $4, $5, 'fail', $6 and review_quorum = 1, 0, 1,
        apply_max_attempts, id, review_quorum, review_four_eyes, review_digest_required,
        review_escalate_seconds, now(), now(), now()
      from work_orders where id = $2
      """;

  private static final String INSERT_ITEM =
      """
      insert into work_items (id, tenant, order_id, order_type, type_version, position, type, key,
        state, priority, input, result, attempts, max_attempts, available_at, submitted_by_agent_id,
        submitted_at, created_at, updated_at)
      select $1, tenant, $2, type, type_version, 0, type, 'revert', 'submitted', priority, $4, diff, 0, 1,
        now(), $5, clock_timestamp(), now(), now()
      from work_orders where id = $3
      """;

  private final Commands commands;
  private final KnownTypes types;
  private final Bus bus;

  RevertOrder(Commands commands, KnownTypes types, Bus bus) {
    this.commands = commands;
    this.types = types;
    this.bus = bus;
  }

  Answer run(Revert command) {
    var earlier = commands.earlier(command.idempotency());
    if (earlier != null) {
      return earlier;
    }
    var caller = command.caller();
    var found = OrderStore.find(commands.pool(), caller.tenant(), command.orderId());
    requireApplied(found);
    boolean auto = requireRevertible(found).reverting().auto();
    var id = Ids.next();
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              // What the original is asked under its lock, no second revert can change.
              requireApplied(OrderStore.lock(connection, caller.tenant(), found.id()));
              requireNone(connection, found);
              insert(connection, command, id, auto);
              AuditLog.append(connection, events(command, found, id)).await();
              return Answer.of(201, new JsonObject().put("order", OrderStore.show(connection, id)));
            });
    if (auto && !answer.replayed()) {
      bus.tell(OrderHints.SUBMITTED, new OrderHint(id));
    }
    return answer;
  }

  private static void requireApplied(OrderRow order) {
    if (order.state() != OrderState.COMPLETED && !order.awaitsConfirmation()) {
      throw order
          .conflict("revert")
          .next("Ask again once the order is completed: only a change that was made can be undone");
    }
  }

  private OrderType requireRevertible(OrderRow order) {
    if (order.reverts() != null) {
      throw new Rejected(
              ErrorCode.NOT_REVERTIBLE,
              "Order %s undoes order %s itself".formatted(order.id(), order.reverts()))
          .next("Propose the change anew");
    }
    var version = new Version(order.type(), order.typeVersion());
    var type = types.resolve(List.of(version)).await().get(version);
    if (type == null) {
      throw TypeMissing.of(order.type(), order.typeVersion());
    }
    if (type.reverting() == null) {
      throw new Rejected(
              ErrorCode.NOT_REVERTIBLE,
              "Order type %s, version %s, does not say how its changes are undone"
                  .formatted(order.type(), order.typeVersion()))
          .next(
              "Propose an order that changes it back",
              "Declare revert in the order type; it counts for orders proposed from then on");
    }
    return type;
  }

  private static void requireNone(SqlConnection connection, OrderRow order) {
    var rows = connection.preparedQuery(LIVE).execute(Tuple.of(order.id())).await().iterator();
    if (rows.hasNext()) {
      var live = rows.next();
      var state = OrderState.of(live.getString("state"));
      throw new Rejected(
              ErrorCode.STATE_CONFLICT,
              "Order %s is reverted by order %s already, which is in state %s"
                  .formatted(order.id(), live.getUUID("id"), state.wire()))
          .next(
              state == OrderState.FAILED
                  ? "Retry order %s, or cancel it and ask again".formatted(live.getUUID("id"))
                  : "Get order %s".formatted(live.getUUID("id")));
    }
  }

  private static void insert(SqlConnection connection, Revert command, UUID id, boolean auto) {
    var about =
        new JsonObject()
            .put("reverts", command.orderId().toString())
            .put("reason", command.reason());
    var caller = command.caller();
    connection
        .preparedQuery(INSERT_ORDER)
        .execute(
            Tuple.of(
                id,
                command.orderId(),
                about,
                caller.actor().kind().wire(),
                caller.actor().id(),
                auto))
        .await();
    connection
        .preparedQuery(INSERT_ITEM)
        .execute(Tuple.of(Ids.next(), id, command.orderId(), about, caller.agentId()))
        .await();
  }

  private static List<Event> events(Revert command, OrderRow original, UUID id) {
    var caller = command.caller();
    var proposed =
        Event.of(caller.tenant(), id, null, EventType.PROPOSED, caller.actor())
            .payload(
                new JsonObject()
                    .put("type", original.type())
                    .put("type_version", original.typeVersion())
                    .put("priority", original.priority())
                    .put("reverts_order_id", original.id().toString()))
            .message(command.reason())
            .request(caller.requestId());
    var submitted =
        Event.of(caller.tenant(), id, null, EventType.SUBMITTED, caller.actor())
            .payload(new JsonObject().put("items", 1))
            .request(caller.requestId());
    var requested =
        Event.of(caller.tenant(), original.id(), null, EventType.REVERT_REQUESTED, caller.actor())
            .payload(new JsonObject().put("revert_order_id", id.toString()))
            .message(command.reason())
            .request(caller.requestId());
    return List.of(proposed, submitted, requested);
  }
}
