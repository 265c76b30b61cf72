package dev.orderly.state.review;

import dev.orderly.audit.ViolationJson;
import dev.orderly.domain.OrderState;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.state.Commands;
import dev.orderly.state.OrderStore;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import java.util.UUID;

/** What follows for an order once one of its items was decided, and the answer to that. */
final class Decided {
  private final Commands commands;
  private final SystemApproval approval;

  Decided(Commands commands, SystemApproval approval) {
    this.commands = commands;
    this.approval = approval;
  }

  /** {@code {item, order_state, digest}}, with the item's digest. */
  static JsonObject body(SqlClient client, UUID item, OrderState order) {
    return new JsonObject()
        .put("item", ItemRow.show(client, item))
        .put("order_state", order.wire())
        .put("digest", ReviewDigest.ofItem(client, item));
  }

  /**
   * Approves the order if every item is decided now, which the decision's own transaction has made
   * sure of: if this node goes away before, a sweep does it.
   *
   * @return the answer with the order's state, and with the type's objections if it has any
   */
  Answer close(String tenant, IdempotencyKey key, Answer answer) {
    if (!answer.body().getString("order_state").equals(OrderState.SUBMITTED.wire())) {
      return answer;
    }
    var order = UUID.fromString(answer.body().getJsonObject("item").getString("order_id"));
    var objections = approval.close(tenant, order);
    var state = OrderStore.find(commands.pool(), tenant, order).state();
    if (state == OrderState.SUBMITTED && objections.isEmpty()) {
      return answer;
    }
    var body = answer.body().copy().put("order_state", state.wire());
    if (!objections.isEmpty()) {
      body.put("objections", ViolationJson.of(objections));
    }
    var amended = Answer.of(answer.status(), body);
    commands.inTransaction(
        connection -> {
          commands.idempotency().amend(connection, key, amended);
          return null;
        });
    return amended;
  }
}
