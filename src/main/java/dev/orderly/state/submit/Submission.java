package dev.orderly.state.submit;

import dev.orderly.domain.ItemState;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.HeldItem;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A result that was taken.
 *
 * @param item as it was before
 * @param order where its order stands now
 */
public record Submission(Submit submit, HeldItem item, OrderMove order, Answer answer) {
  static Submission of(Submit submit, HeldItem item, Instant at, OrderMove order) {
    var json =
        new JsonObject()
            .put("id", item.id().toString())
            .put("order_id", item.orderId().toString())
            .put("type", item.type())
            .put("state", ItemState.SUBMITTED.wire())
            .put("attempts", item.attempts())
            .put("max_attempts", item.maxAttempts())
            .put("fence", item.fence())
            .put("submitted_by_agent_id", submit.caller().agentId())
            .put("submitted_at", at.toString());
    var body =
        new JsonObject()
            .put("item", json)
            .put("state", ItemState.SUBMITTED.wire())
            .put("order_state", order.state().wire());
    return new Submission(submit, item, order, Answer.of(202, body));
  }
}
