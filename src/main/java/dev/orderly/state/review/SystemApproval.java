package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.Commands;
import dev.orderly.state.WaitingOrders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Approves without being asked: orders of types that say so, and orders whose items reviewers have
 * decided one by one. An order that is not ready is left to people, with the reason in its trail.
 */
final class SystemApproval {
  private static final Logger LOG = LoggerFactory.getLogger(SystemApproval.class);

  private static final String LEAVE_TO_PEOPLE =
      "update work_orders set %1$s = false where id = $1 and state = 'submitted' and %1$s";

  private final Commands commands;
  private final ApproveOrder approve;
  private final WaitingOrders automatic;
  private final WaitingOrders decided;

  SystemApproval(Commands commands, ApproveOrder approve) {
    this.commands = commands;
    this.approve = approve;
    this.automatic =
        new WaitingOrders(
            commands, "state = 'submitted' and auto_approve", this::approveAutomatically);
    this.decided =
        new WaitingOrders(
            commands,
            """
            state = 'submitted' and review_closing and items_submitted = 0
              and items_accepted + items_completed > 0\
            """,
            this::close);
  }

  /** An order has just become submitted, with an item that nobody decided yet. */
  void consider(UUID orderId) {
    automatic.consider(orderId);
  }

  void sweep() {
    automatic.sweep();
    decided.sweep();
  }

  private void approveAutomatically(String tenant, UUID order) {
    attempt(
        tenant,
        order,
        "auto_approve",
        "auto-approval",
        () -> approve.runAutomatically(tenant, order));
  }

  /**
   * An order of which something was decided; approves it if that was the last decision.
   *
   * @return what the type has against it
   */
  List<Violation> close(String tenant, UUID order) {
    return attempt(
        tenant,
        order,
        "review_closing",
        "review",
        () ->
            approve.approveAs(tenant, order, null, new JsonObject().put("items_one_by_one", true)));
  }

  /** Gives the objections that leave the order to people. */
  private List<Violation> attempt(
      String tenant, UUID orderId, String flag, String part, Runnable approval) {
    try {
      approval.run();
    } catch (Rejected rejected) {
      if (rejected.code() == ErrorCode.NOT_READY && !rejected.errors().isEmpty()) {
        leaveToPeople(tenant, orderId, flag, part, rejected);
        return rejected.errors();
      } else if (rejected.code() != ErrorCode.STATE_CONFLICT) {
        LOG.atWarn()
            .addKeyValue("order_id", orderId)
            .log("Approval by the system will be tried again: {}", rejected.detail());
      }
    } catch (RuntimeException e) {
      LOG.atError()
          .addKeyValue("order_id", orderId)
          .setCause(e)
          .log("Approval by the system failed and will be tried again");
    }
    return List.of();
  }

  private void leaveToPeople(
      String tenant, UUID orderId, String flag, String part, Rejected rejected) {
    var objections = new JsonArray();
    rejected
        .errors()
        .forEach(
            e ->
                objections.add(new JsonObject().put("code", e.code()).put("message", e.message())));
    commands.inTransaction(
        connection -> {
          var changed =
              connection
                  .preparedQuery(LEAVE_TO_PEOPLE.formatted(flag))
                  .execute(Tuple.of(orderId))
                  .await();
          if (changed.rowCount() == 1) {
            var event = Event.of(tenant, orderId, null, EventType.REFUSED, Actor.system(part));
            AuditLog.append(
                    connection,
                    List.of(
                        event
                            .payload(new JsonObject().put("errors", objections))
                            .message("Not approved automatically; left to a reviewer")))
                .await();
          }
          return null;
        });
  }
}
