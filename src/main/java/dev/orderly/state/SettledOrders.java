package dev.orderly.state;

import dev.orderly.bus.Bus;
import dev.orderly.lifecycle.OrderHints;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Wakes whoever waits for an order's change to be made. For many threads. */
public final class SettledOrders {
  private final Map<UUID, Set<Expectation>> expected = new ConcurrentHashMap<>();

  /** Somebody who waits. */
  public record Expectation(UUID orderId, CompletableFuture<Void> done) {}

  void listen(Bus bus) {
    bus.listen(OrderHints.SETTLED, hint -> settle(hint.orderId()));
  }

  /** To be called before the order is approved, so that no hint is missed. */
  public Expectation expect(UUID orderId) {
    var expectation = new Expectation(orderId, new CompletableFuture<>());
    // In one step: whoever forgets the last one at this moment takes the set away.
    expected.compute(
        orderId,
        (id, before) -> {
          Set<Expectation> waiting = before == null ? ConcurrentHashMap.newKeySet() : before;
          waiting.add(expectation);
          return waiting;
        });
    return expectation;
  }

  /** Waits on a virtual thread; the hint may be lost, so the order itself is what counts. */
  public void await(Expectation expectation, int seconds) {
    if (seconds > 0) {
      Future.fromCompletionStage(
              expectation
                  .done()
                  .copy()
                  .completeOnTimeout(
                      null, Duration.ofSeconds(seconds).toMillis(), TimeUnit.MILLISECONDS))
          .await();
    }
  }

  /** Who waited does so no longer. */
  public void forget(Expectation expectation) {
    expected.computeIfPresent(
        expectation.orderId(),
        (id, waiting) -> {
          waiting.remove(expectation);
          return waiting.isEmpty() ? null : waiting;
        });
  }

  /** Nobody waits any longer: the node stops, and what was approved is looked up later. */
  public void releaseAll() {
    expected.keySet().forEach(this::settle);
  }

  private void settle(UUID orderId) {
    var waiting = expected.get(orderId);
    if (waiting != null) {
      waiting.forEach(expectation -> expectation.done().complete(null));
    }
  }
}
