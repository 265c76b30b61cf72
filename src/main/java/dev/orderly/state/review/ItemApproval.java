package dev.orderly.state.review;

import dev.orderly.bus.Bus;
import dev.orderly.domain.ItemState;
import dev.orderly.idempotency.Answer;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.state.Commands;
import dev.orderly.state.review.ReviewMessages.ApproveItem;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Approves single items, by the same policy as orders; with the last one the order is approved. */
final class ItemApproval {
  private static final String ACTION = "approve";

  private final Commands commands;
  private final Bus bus;
  private final Decided decided;

  ItemApproval(Commands commands, Bus bus, Decided decided) {
    this.commands = commands;
    this.bus = bus;
    this.decided = decided;
  }

  Answer run(ApproveItem command) {
    var moved = new ArrayList<OrderMove>(1);
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              moved.clear();
              return decide(connection, command, moved);
            });
    WorkHints.unblocked(bus, moved);
    // Where items are applied one by one, this one's change is due.
    moved.forEach(order -> bus.publish(OrderHints.APPROVED, new OrderHint(order.orderId())));
    // 202: others have to approve it too.
    return answer.replayed() || answer.status() == 202
        ? answer
        : decided.close(command.caller().tenant(), command.idempotency(), answer);
  }

  private static Answer decide(
      SqlConnection connection, ApproveItem command, List<OrderMove> moved) {
    var caller = command.caller();
    var locked =
        ItemRow.lock(
            connection, caller.tenant(), command.itemId(), Set.of(ItemState.SUBMITTED), ACTION);
    var order = locked.order();
    var item = locked.item();
    var policy = OrderPolicy.of(connection, order.id());
    var reviewer = new Reviewer(caller, command.mayActAs());
    if (policy.fourEyes()) {
      FourEyes.check(connection, order, item.id(), reviewer);
    }
    var digest = ReviewDigest.ofItem(connection, item.id());
    command.seen().require(policy.digestRequired(), digest, "item", item.id());
    var approval = new Approval(caller.actor(), command.notes(), caller.requestId());
    JsonObject approvals = null;
    if (policy.quorum() > 1) {
      var subject = new Votes.Subject(item.id(), item.fence());
      int cast =
          Votes.cast(connection, order.id(), List.of(subject), reviewer, digest, command.notes());
      approvals = Votes.ofItem(connection, item.id(), policy.quorum());
      if (cast == 0) {
        throw ApproveOrder.alreadyReviewed("item", item.id(), approvals);
      }
      approval.voted(
          connection,
          order,
          item.id(),
          new JsonObject().put("digest", digest).put("approvals", approvals));
      if (approvals.getInteger("given") < policy.quorum()) {
        return Answer.of(
            202, Decided.body(connection, item.id(), order.state()).put("approvals", approvals));
      }
    }
    var move = approval.accept(connection, order, List.of(item.id()));
    moved.add(move);
    var body = Decided.body(connection, item.id(), move.state());
    return Answer.of(200, approvals == null ? body : body.put("approvals", approvals));
  }
}
