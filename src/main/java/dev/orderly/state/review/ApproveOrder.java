package dev.orderly.state.review;

import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.state.Commands;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import dev.orderly.state.OrderStore.Submission;
import dev.orderly.state.SettledOrders;
import dev.orderly.state.StateMessages.Approve;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.UUID;

/**
 * Approves what was submitted, as soon as enough reviewers do. The change itself is made elsewhere,
 * durably.
 */
final class ApproveOrder {
  private final Commands commands;
  private final Basis.Types types;
  private final Bus bus;
  private final SettledOrders settled;

  ApproveOrder(Commands commands, Basis.Types types, Bus bus, SettledOrders settled) {
    this.commands = commands;
    this.types = types;
    this.bus = bus;
    this.settled = settled;
  }

  /** A person's or an agent's approval; waits for the change as long as the caller wishes. */
  Answer run(Approve command) {
    var done = settled.expect(command.orderId());
    try {
      Look look;
      try {
        look = look(command);
      } catch (Rejected refusal) {
        // What an earlier request with this key found may look otherwise by now.
        var earlier = commands.earlier(command.idempotency());
        if (earlier == null) {
          throw refusal;
        }
        return earlier;
      }
      var answer =
          commands.run(command.idempotency(), connection -> decide(connection, look, command));
      if (answer.replayed()) {
        return answer;
      }
      if (!isApproved(answer.body().getJsonObject("order"))) {
        // Some of its items may have all their approvals by now, and be applied by themselves.
        bus.publish(OrderHints.APPROVED, new OrderHint(command.orderId()));
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
    approveAs(tenant, orderId, Actor.system("auto-approval"), new JsonObject());
  }

  /**
   * Approves without asking the policy; the type is asked.
   *
   * @param actor null for whoever accepted the last item, of an order whose items all are
   * @throws Rejected {@code not_ready} with what the type has against it
   */
  void approveAs(String tenant, UUID orderId, Actor actor, JsonObject about) {
    var found = OrderStore.find(commands.pool(), tenant, orderId);
    requireApprovable(found, actor == null);
    var basis = types.look(found, null);
    basis.requireReady(orderId);
    commands.inTransaction(
        connection -> {
          var order =
              OrderStore.lockWithItems(
                  connection, tenant, orderId, row -> requireApprovable(row, actor == null));
          basis.requireUnchanged(connection, orderId);
          ApprovedPrediction.bind(connection, order, basis.prediction(), null);
          var by = actor == null ? LastApprover.of(connection, orderId) : actor;
          new Approval(by, null, null).approve(connection, order, ids(basis.submitted()), about);
          return null;
        });
    bus.publish(OrderHints.APPROVED, new OrderHint(orderId));
  }

  private static void requireApprovable(OrderRow order, boolean allDecided) {
    order.require(OrderState.SUBMITTED, "approve");
    if (allDecided
        && (order.counts().in(ItemState.SUBMITTED) > 0
            || order.counts().in(ItemState.ACCEPTED) + order.counts().in(ItemState.COMPLETED)
                == 0)) {
      throw order.conflict("approve");
    }
  }

  /**
   * What was found before the transaction began; the policy never changes.
   *
   * @param basis null if a change that was made already is to be confirmed
   */
  private record Look(OrderPolicy policy, Basis basis) {}

  /** Whoever may not approve is told so before the type is asked. */
  private Look look(Approve command) {
    var order = OrderStore.find(commands.pool(), command.caller().tenant(), command.orderId());
    if (!order.awaitsConfirmation()) {
      order.require(OrderState.SUBMITTED, "approve");
    }
    var policy = OrderPolicy.of(commands.pool(), order.id());
    admit(commands.pool(), order, policy, command);
    if (order.awaitsConfirmation()) {
      return new Look(policy, null);
    }
    var basis = types.look(order, command.prediction());
    basis.requireReady(order.id());
    return new Look(policy, basis);
  }

  /** Gives the digest of what is approved. */
  private static String admit(
      SqlClient client, OrderRow order, OrderPolicy policy, Approve command) {
    if (policy.fourEyes()) {
      FourEyes.check(client, order, null, reviewer(command));
    }
    var digest = ReviewDigest.ofOrder(client, order.id());
    command.seen().require(policy.digestRequired(), digest, "order", order.id());
    return digest;
  }

  private static Reviewer reviewer(Approve command) {
    return new Reviewer(command.caller(), command.mayActAs());
  }

  private static Answer decide(SqlConnection connection, Look look, Approve command) {
    if (look.basis() == null) {
      if (command.prediction() != null) {
        throw Rejected.invalid(
            "The change of order %s was made; what is confirmed is its diff"
                .formatted(command.orderId()),
            List.of(
                new Violation(
                    "/prediction", "not_held", "has no meaning once the change was made")));
      }
      ConfirmChange.run(connection, command);
      return pending(OrderStore.show(connection, command.orderId())).answer();
    }
    var policy = look.policy();
    var basis = look.basis();
    var caller = command.caller();
    var order =
        OrderStore.lockWithItems(
            connection,
            caller.tenant(),
            command.orderId(),
            found -> found.require(OrderState.SUBMITTED, "approve"));
    var digest = admit(connection, order, policy, command);
    basis.requireUnchanged(connection, order.id());
    ApprovedPrediction.bind(connection, order, basis.prediction(), command.prediction());
    var approval = new Approval(caller.actor(), command.notes(), caller.requestId());
    var about = new JsonObject().put("digest", digest);
    if (policy.quorum() > 1) {
      var approvals = vote(connection, order, basis.submitted(), command, policy, digest);
      about.put("approvals", approvals);
      approval.voted(connection, order, null, about);
      var enough = Votes.enough(connection, order.id(), policy.quorum(), null);
      if (enough.size() < basis.submitted().size()) {
        if (!enough.isEmpty()) {
          approval.accept(connection, order, enough);
        }
        return pending(OrderStore.show(connection, order.id()))
            .with("approvals", approvals)
            .with("digest", ReviewDigest.ofOrder(connection, order.id()))
            .answer();
      }
    }
    approval.approve(connection, order, ids(basis.submitted()), about);
    return pending(OrderStore.show(connection, order.id())).answer();
  }

  /** Gives the approvals with this one among them. */
  private static JsonObject vote(
      SqlConnection connection,
      OrderRow order,
      List<Submission> submitted,
      Approve command,
      OrderPolicy policy,
      String digest) {
    var subjects =
        submitted.stream().map(item -> new Votes.Subject(item.view().id(), item.fence())).toList();
    int cast =
        Votes.cast(connection, order.id(), subjects, reviewer(command), digest, command.notes());
    var approvals = Votes.ofOrder(connection, order.id(), policy.quorum(), !subjects.isEmpty());
    if (cast == 0 && !subjects.isEmpty()) {
      throw alreadyReviewed("order", order.id(), approvals);
    }
    return approvals;
  }

  static Rejected alreadyReviewed(String what, UUID id, JsonObject approvals) {
    return new Rejected(
            ErrorCode.ALREADY_REVIEWED,
            "You have approved this %s already, %s, as it is now; it has %d of the %d approvals that it needs"
                .formatted(
                    what, id, approvals.getInteger("given"), approvals.getInteger("required")))
        .next("Let another reviewer approve it");
  }

  private static boolean isApproved(JsonObject order) {
    return OrderState.of(order.getString("state")) != OrderState.SUBMITTED;
  }

  private Answer outcome(Approve command) {
    var order = OrderStore.show(commands.pool(), command.orderId());
    var state = OrderState.of(order.getString("state"));
    if (state != OrderState.COMPLETED && state != OrderState.APPLIED) {
      return pending(order).answer();
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

  private record Pending(JsonObject body) {
    Pending with(String name, Object value) {
      body.put(name, value);
      return this;
    }

    Answer answer() {
      return Answer.of(202, body);
    }
  }

  private static Pending pending(JsonObject order) {
    return new Pending(
        new JsonObject().put("order", order).put("status_url", "/orders/" + order.getString("id")));
  }

  private static List<UUID> ids(List<Submission> items) {
    return items.stream().map(item -> item.view().id()).toList();
  }
}
