package dev.orderly.state.propose;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.lifecycle.FollowUps.FollowUpProposed;
import dev.orderly.lifecycle.FollowUps.ProposeFollowUp;
import dev.orderly.state.Commands;
import dev.orderly.state.StateMessages.Propose;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/**
 * Proposes an order that follows another. The link between the two is written with the new order,
 * and there is one of each name, so that a repeated or late message proposes nothing again.
 */
public final class ProposeNextOrder {
  /** Orders before a follow-up in its chain: types that propose each other end here. */
  static final int DEPTH_MAX = 20;

  private static final Actor ACTOR = Actor.system("follow-up");

  private static final String FIND =
      "select follow_up_id from order_follow_ups where order_id = $1 and name = $2";

  private static final String DEPTH = "select depth from order_follow_ups where follow_up_id = $1";

  private static final String LINK =
      """
      insert into order_follow_ups (order_id, tenant, name, follow_up_id, depth)
      values ($1, $2, $3, $4, $5) on conflict (order_id, name) do nothing
      """;

  private final Commands commands;
  private final ProposeOrder propose;

  public ProposeNextOrder(Commands commands, ProposeOrder propose) {
    this.commands = commands;
    this.propose = propose;
  }

  /** Another message of the same name was faster; undoes what this one wrote. */
  private static final class Proposed extends RuntimeException {
    Proposed() {
      super("proposed already", null, false, false);
    }
  }

  /**
   * @throws Rejected as a proposal over HTTP is refused, and if the chain is too long
   */
  public FollowUpProposed run(ProposeFollowUp message) {
    var earlier = find(message);
    if (earlier != null) {
      return new FollowUpProposed(earlier);
    }
    int depth = depth(commands.pool(), message.orderId()) + 1;
    if (depth > DEPTH_MAX) {
      throw Rejected.invalid(
          "Order %s is number %d in a chain of orders that follow each other; it may propose none"
              .formatted(message.orderId(), depth),
          List.of(new Violation("", "follow_up_too_deep", "the chain is too long")));
    }
    var caller = new Caller(message.tenant(), ACTOR, ACTOR.id(), null);
    var command =
        new Propose(
            caller,
            message.type(),
            message.payload(),
            message.meta(),
            message.priority(),
            null,
            null);
    try {
      var answer =
          propose.run(command, (connection, order) -> link(connection, message, order, depth));
      return new FollowUpProposed(
          UUID.fromString(answer.body().getJsonObject("order").getString("id")));
    } catch (Proposed e) {
      return new FollowUpProposed(find(message));
    }
  }

  private UUID find(ProposeFollowUp message) {
    var rows =
        commands
            .pool()
            .preparedQuery(FIND)
            .execute(Tuple.of(message.orderId(), message.name()))
            .await()
            .iterator();
    return rows.hasNext() ? rows.next().getUUID("follow_up_id") : null;
  }

  private static int depth(SqlClient client, UUID orderId) {
    var rows = client.preparedQuery(DEPTH).execute(Tuple.of(orderId)).await().iterator();
    return rows.hasNext() ? rows.next().getInteger("depth") : 0;
  }

  private static void link(
      SqlConnection connection, ProposeFollowUp message, UUID order, int depth) {
    var linked =
        connection
            .preparedQuery(LINK)
            .execute(Tuple.of(message.orderId(), message.tenant(), message.name(), order, depth))
            .await();
    if (linked.rowCount() == 0) {
      throw new Proposed();
    }
    AuditLog.append(
            connection,
            List.of(
                Event.of(
                        message.tenant(),
                        message.orderId(),
                        null,
                        EventType.FOLLOW_UP_PROPOSED,
                        ACTOR)
                    .payload(
                        new JsonObject()
                            .put("name", message.name())
                            .put("type", message.type())
                            .put("order_id", order.toString()))))
        .await();
  }
}
