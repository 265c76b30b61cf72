package dev.orderly.state;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.HeldItem;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** A result that was taken. */
record Submission(Submit submit, HeldItem item, Instant at, OrderState orderState) {
  Answer answer() {
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
    return Answer.of(
        202,
        new JsonObject()
            .put("item", json)
            .put("state", ItemState.SUBMITTED.wire())
            .put("order_state", orderState.wire()));
  }
}
