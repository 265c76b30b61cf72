package dev.orderly.state.submit;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.HeldItem;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;

/**
 * A result that was taken.
 *
 * @param item as it was before
 * @param order where its order stands now
 */
public record Submission(Submit submit, HeldItem item, OrderMove order, Answer answer) {
  static Submission of(Submit submit, HeldItem item, Instant at, OrderMove order) {
    return new Submission(
        submit,
        item,
        order,
        answer(
            item.id(),
            item.orderId(),
            item.type(),
            item.attempts(),
            item.maxAttempts(),
            item.fence(),
            submit.caller().agentId(),
            at,
            order.state()));
  }

  /**
   * @param attempts of the item as it was before
   * @param at when the result was taken
   */
  static Answer answer(
      UUID itemId,
      UUID orderId,
      String type,
      int attempts,
      int maxAttempts,
      long fence,
      String agentId,
      Instant at,
      OrderState order) {
    var item =
        new JsonObject()
            .put("id", itemId.toString())
            .put("order_id", orderId.toString())
            .put("type", type)
            .put("state", ItemState.SUBMITTED.wire())
            .put("attempts", attempts)
            .put("max_attempts", maxAttempts)
            .put("fence", fence)
            .put("submitted_by_agent_id", agentId)
            .put("submitted_at", at.toString());
    var body =
        new JsonObject()
            .put("item", item)
            .put("state", ItemState.SUBMITTED.wire())
            .put("order_state", order.wire());
    return Answer.of(202, body);
  }
}
