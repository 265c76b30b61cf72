package dev.orderly.applying;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.testing.Engine;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ApplyRetryTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final AtomicBoolean broken = new AtomicBoolean(true);

  private final JavaApply code =
      context -> {
        if (broken.get()) {
          throw new IllegalStateException("the target is broken");
        }
        return Diffs.of(new JsonObject(), new JsonObject(), "done");
      };

  @Test
  void aRetryAfterAFailedApplyTriesOnlyTheApplyAgain() {
    var engine = new Engine(db).type(new TestType("code").with(new ApplySpec.Java(code)));
    var apply = new ApplyFixture(db);
    engine.applying(ApplyFixture.QUICK);
    var order = engine.propose("code", 2);
    engine.work(order);
    engine.approve(order, 0);
    apply.awaitSettled(order);
    assertThat(engine.orderState(order)).isEqualTo("failed");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("accepted", "accepted");
    int tries = apply.payloads(order, "apply_failed").size();
    var item =
        db.<UUID>value(
            "select id from work_items_now where order_id = $1 order by id limit 1", order);
    assertThat(Engine.refusal(() -> engine.retryItem(item)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);

    engine.retryOrder(order);
    apply.awaitSettled(order);

    assertThat(engine.orderState(order)).isEqualTo("failed");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("accepted", "accepted");
    assertThat(apply.payloads(order, "apply_failed")).as("all tries anew").hasSize(2 * tries);

    broken.set(false);
    engine.retryOrder(order);
    apply.awaitSettled(order);

    assertThat(engine.orderState(order)).isEqualTo("completed");
    assertThat(OrderRows.itemStates(db, order)).containsExactly("completed", "completed");
    assertThat(
            db.<Long>value(
                "select count(*) from work_events where order_id = $1 and event = 'approved'"
                    + " and payload ->> 'from' = 'submitted' and item_id is null",
                order))
        .isEqualTo(1);
    OrderRows.assertCounted(db, order);
  }
}
