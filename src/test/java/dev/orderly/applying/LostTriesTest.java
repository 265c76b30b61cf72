package dev.orderly.applying;

import static dev.orderly.applying.ApplyFixture.computed;
import static dev.orderly.applying.ApplyFixture.sql;
import static dev.orderly.applying.ApplyFixture.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.code.JavaApplier;
import dev.orderly.applying.hold.Expected;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.storage.Tx;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diffs;
import dev.orderly.types.JavaApply;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tries that end without a result, with their thread or with their node. */
@Timeout(60)
class LostTriesTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final ApplyFixture apply = new ApplyFixture(db);
  private final AtomicInteger calls = new AtomicInteger();

  @AfterEach
  void clear() {
    apply.stopNodes();
    db.execute("delete from work_orders");
  }

  private UUID order(ApplySpec spec, int maxAttempts) {
    apply.type("lost", spec);
    return OrderRows.approved(db, "lost", maxAttempts, new JsonObject(), new JsonObject());
  }

  /** A statement whose only parameter counts the calls, and may fail. */
  private ApplySpec.Sql counting(Runnable then) {
    var value =
        computed(
            document -> {
              calls.incrementAndGet();
              then.run();
              return "x";
            });
    return sql(SqlSetup.OWN, step("only", "select :x", Map.of("x", value)));
  }

  private void loseTry(UUID order) {
    apply.claim("dead-node");
    apply.lapse(order);
  }

  @Test
  void recordsATryThatDiesInAnError() {
    var order =
        order(
            counting(
                () -> {
                  throw new StackOverflowError("on purpose");
                }),
            2);

    apply.settle(order);

    assertThat(calls).hasValue(2);
    assertThat(apply.state(order)).isEqualTo("failed");
    assertThat(apply.payloads(order, "apply_failed")).hasSize(2);
    assertThat(apply.order(order).getJsonObject("error").getString("message"))
        .contains("incident")
        .doesNotContain("on purpose");
  }

  @Test
  void triesAgainWhatOtherNodesLostAsLongAsTriesAreLeft() {
    var order = order(counting(() -> {}), 3);
    loseTry(order);
    loseTry(order);

    apply.settle(order);

    assertThat(calls).hasValue(1);
    assertThat(apply.state(order)).isEqualTo("completed");
  }

  @Test
  void failsAnOrderWhoseEveryTryWasLostWithItsNode() {
    var order = order(counting(() -> {}), 2);
    loseTry(order);
    loseTry(order);

    apply.settle(order);

    assertThat(calls).hasValue(0);
    assertThat(apply.state(order)).isEqualTo("failed");
    var error = apply.order(order).getJsonObject("error");
    assertThat(error.getString("code")).isEqualTo("apply_failed");
    assertThat(error.getString("message")).contains("lost with");
    assertThat(OrderRows.events(db, order))
        .containsExactly("apply_started", "apply_started", "apply_failed", "failed");
    assertThat(apply.payloads(order, "apply_failed").getFirst().getInteger("attempt")).isEqualTo(2);
  }

  @Test
  void completesAnOrderIfWhatFollowsItsChangeWasLostWithItsNodes() {
    JavaApply code = context -> Diffs.none("made");
    var order = order(new ApplySpec.Java(code), 1);
    var claim = apply.claim("dead-node");
    db.run(
        () -> {
          new JavaApplier(new Tx(db.pool()), db.vertx().getOrCreateContext())
              .apply(claim.followed(true), code, Expected.ANYTHING);
          return null;
        });
    apply.lapse(order);

    apply.settle(order);

    assertThat(apply.state(order)).isEqualTo("completed");
    assertThat(OrderRows.events(db, order))
        .containsExactly(
            "apply_started", "applied", "completed 0", "after_apply_failed", "completed");
  }
}
