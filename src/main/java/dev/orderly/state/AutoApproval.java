package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Approves submitted orders of types that say so. A hint starts it at once; a sweep finds what a
 * lost hint left. An order that is not ready is left to people, with the reason in its trail.
 */
final class AutoApproval {
  private static final Logger LOG = LoggerFactory.getLogger(AutoApproval.class);
  private static final int SWEEP_BATCH = 100;
  private static final UUID FIRST = new UUID(0, 0);

  private static final String WAITING =
      "select id, tenant from work_orders where state = 'submitted' and auto_approve";

  private static final String LEAVE_TO_PEOPLE =
      "update work_orders set auto_approve = false where id = $1 and state = 'submitted' and auto_approve";

  private final Commands commands;
  private final ApproveOrder approve;
  private boolean sweeping;

  AutoApproval(Commands commands, ApproveOrder approve) {
    this.commands = commands;
    this.approve = approve;
  }

  /** Considers one order. */
  void consider(UUID orderId) {
    consider(WAITING + " and id = $1", Tuple.of(orderId));
  }

  /** Considers every order that waits, unless the last sweep still does. */
  void sweep() {
    if (sweeping) {
      return;
    }
    sweeping = true;
    try {
      var after = FIRST;
      while (after != null) {
        after =
            consider(WAITING + " and id > $1 order by id limit " + SWEEP_BATCH, Tuple.of(after));
      }
    } finally {
      sweeping = false;
    }
  }

  /** Gives the last order's id; null if there was none. */
  private UUID consider(String sql, Tuple parameters) {
    UUID last = null;
    for (var row : commands.pool().preparedQuery(sql).execute(parameters).await()) {
      last = row.getUUID("id");
      approve(row.getString("tenant"), last);
    }
    return last;
  }

  /** One order that cannot be approved must not keep the others from it. */
  private void approve(String tenant, UUID orderId) {
    try {
      approve.runAutomatically(tenant, orderId);
    } catch (Rejected rejected) {
      if (rejected.code() == ErrorCode.NOT_READY && !rejected.errors().isEmpty()) {
        leaveToPeople(tenant, orderId, rejected);
      } else if (rejected.code() != ErrorCode.STATE_CONFLICT) {
        LOG.atWarn()
            .addKeyValue("order_id", orderId)
            .log("Auto-approval will be tried again: {}", rejected.detail());
      }
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("order_id", orderId)
          .setCause(e)
          .log("Auto-approval failed and will be tried again");
    }
  }

  private void leaveToPeople(String tenant, UUID orderId, Rejected rejected) {
    var objections = new JsonArray();
    rejected
        .errors()
        .forEach(
            e ->
                objections.add(new JsonObject().put("code", e.code()).put("message", e.message())));
    commands.inTransaction(
        connection -> {
          var changed =
              connection.preparedQuery(LEAVE_TO_PEOPLE).execute(Tuple.of(orderId)).await();
          if (changed.rowCount() == 1) {
            AuditLog.append(
                    connection,
                    List.of(
                        Event.of(
                                tenant,
                                orderId,
                                null,
                                EventType.REFUSED,
                                Actor.system("auto-approval"))
                            .payload(new JsonObject().put("errors", objections))
                            .message("Not approved automatically; left to a reviewer")))
                .await();
          }
          return null;
        });
  }
}
