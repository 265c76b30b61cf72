package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Wait;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.leasing.limits.AgentLimits.Numbers;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.TypeLimits;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Those who wait behind a limit; without a hint nobody would look after them in this test's time.
 */
class LimitsWakeTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final long NEVER_MILLIS = 600_000;

  private static Engine engine;

  @BeforeAll
  static void start() {
    var limits =
        new AgentLimits(new Numbers(0, Map.of("lone", 1)), new Numbers(0, Map.of("slow", 4)));
    engine = new Engine(db, limits, NEVER_MILLIS);
  }

  /** How a lease ends. */
  enum End {
    SUBMIT(item -> engine.submit(item)),
    RELEASE(item -> engine.release(item)),
    FAIL(item -> engine.fail(item, false)),
    CANCEL(item -> engine.cancel(item.orderId())),
    EXPIRY(
        item -> {
          engine.lapse(item.id());
          TestDatabase.await(
              new ExpireLeases(new Tx(db.pool()), db.bus(), Heartbeats.none()).sweep());
        });

    private final Consumer<LeasedItem> how;

    End(Consumer<LeasedItem> how) {
      this.how = how;
    }
  }

  /** Waits at the desk when this returns: a call that came later has been answered. */
  private static Future<CheckedOut> waiting(String agent, String type) {
    var waiting =
        engine
            .desks()
            .checkout(
                new Checkout(
                    Engine.caller(agent),
                    List.of(type),
                    null,
                    null,
                    1,
                    new Wait(UUID.randomUUID(), NEVER_MILLIS)));
    var refusal = Engine.refusal(() -> engine.checkout(agent, List.of(type), null));
    assertThat(refusal.code()).isIn(ErrorCode.NO_ITEMS_AVAILABLE, ErrorCode.RATE_LIMITED);
    assertThat(refusal.errors()).isNotEmpty();
    assertThat(waiting.isComplete()).isFalse();
    return waiting;
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void whoeverWaitsForATypeGetsTheLeaseThatBecomesFree(End end) {
    var type = "wakes.type." + end.name().toLowerCase(java.util.Locale.ROOT);
    engine.type(new TestType(type).limited(new TypeLimits(1, null, null, false)));
    engine.propose(type, 1, 0);
    engine.propose(type, 1, 0);
    var held = engine.checkout("a", List.of(type), null);
    var waiting = waiting("b", type);

    end.how.accept(held);

    assertThat(TestDatabase.await(waiting).items()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(End.class)
  void anAgentThatWaitsInAnotherQueueGetsTheLeaseThatBecomesFree(End end) {
    var first = "wakes.agent." + end.name().toLowerCase(java.util.Locale.ROOT);
    var second = first + ".second";
    engine.type(new TestType(first)).type(new TestType(second));
    engine.propose(first, 1, 0);
    var order = engine.propose(second, 1, 0);
    var held = engine.checkout("lone", List.of(first), null);
    var waiting = waiting("lone", second);

    end.how.accept(held);

    var got = TestDatabase.await(waiting).items().getFirst();
    assertThat(got.orderId()).isEqualTo(order);
    engine.submit(got);
  }

  @Test
  void anAgentThatHasAllItMayKeepsNobodyElseWaiting() {
    engine.type(new TestType("wakes.others"));
    var held = engine.propose("wakes.others", 1, 0);
    var lone = engine.checkout("lone", held);
    engine.propose("wakes.others", 1, 0);
    var waiting = waiting("lone", "wakes.others");

    assertThat(engine.checkout("other", List.of("wakes.others"), null)).isNotNull();

    engine.propose("wakes.others", 1, 0);
    engine.submit(lone);
    engine.submit(TestDatabase.await(waiting).items().getFirst());
  }

  @Test
  void whoeverWaitsForARateGetsItsItemInItsTime() {
    engine.type(new TestType("wakes.rate").limited(new TypeLimits(null, null, 4.0, false)));
    engine.propose("wakes.rate", 20, 0);
    TestDatabase.await(
        engine
            .desks()
            .checkout(Checkout.now(Engine.caller("a"), List.of("wakes.rate"), null, null, 4)));
    var waiting = waiting("b", "wakes.rate");

    assertThat(TestDatabase.await(waiting).items()).hasSize(1);
  }

  @Test
  void anAgentsRateHoldsInAllQueues() {
    engine.type(new TestType("wakes.slow")).type(new TestType("wakes.slow.too"));
    engine.propose("wakes.slow", 20, 0);
    engine.propose("wakes.slow.too", 20, 0);
    var first =
        TestDatabase.await(
            engine
                .desks()
                .checkout(
                    Checkout.now(Engine.caller("slow"), List.of("wakes.slow"), null, null, 10)));
    assertThat(first.items()).hasSize(4);

    var refusal = Engine.refusal(() -> engine.checkout("slow", List.of("wakes.slow.too"), null));

    assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
    assertThat(refusal.errors()).extracting(e -> e.code()).containsExactly("limit.agent_rate");
    assertThat(refusal.retryAfterMillis()).isBetween(1L, 250L);
  }
}
