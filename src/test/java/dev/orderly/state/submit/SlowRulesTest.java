package dev.orderly.state.submit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.Diff;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.plugin.AbstractOrderType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Results of types whose own code takes its time. */
class SlowRulesTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final CountDownLatch slowMayEnd = new CountDownLatch(1);
  private static final CountDownLatch slowHasBegun = new CountDownLatch(1);

  private static Engine engine;

  /** Looks at a result with {@code slow} for as long as it is let. */
  private static final class Slow extends AbstractOrderType {
    @Override
    public String name() {
      return "slow";
    }

    @Override
    public JsonObject schema() {
      return new JsonObject();
    }

    @Override
    public JsonObject resultSchema() {
      return new JsonObject();
    }

    @Override
    protected List<Violation> afterValidateSubmission(
        OrderView order, ItemView item, JsonObject result) {
      if (result.getBoolean("slow", false)) {
        slowHasBegun.countDown();
        try {
          slowMayEnd.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return List.of();
    }

    @Override
    public Diff apply(Context context) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeAll
  static void start() {
    engine = new Engine(db);
    engine.type(new Slow());
  }

  private static Future<Answer> submit(JsonObject result) {
    var order = Engine.orderId(engine.propose("slow", new JsonObject(), 0, null));
    var item = engine.checkout("a", order);
    return engine.submitLater("a", item.id(), Engine.proof(item), result, null);
  }

  @Test
  void holdUpNobodyElse() throws Exception {
    var slow = submit(new JsonObject().put("slow", true));
    slowHasBegun.await();

    for (int i = 0; i < 3; i++) {
      assertThat(TestDatabase.await(submit(new JsonObject())).status()).isEqualTo(202);
    }
    assertThat(slow.isComplete()).isFalse();

    slowMayEnd.countDown();
    assertThat(TestDatabase.await(slow).status()).isEqualTo(202);
  }
}
