package dev.orderly.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who wait for an order's change. */
@Timeout(60)
class SettledOrdersTest {
  private static final int TIMES = 20_000;

  private final SettledOrders settled = new SettledOrders();

  @Test
  void whoeverWaitsIsFoundThoughAnotherGoesAtThatMoment() throws InterruptedException {
    var order = UUID.randomUUID();
    var over = new AtomicBoolean();
    var comesAndGoes =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!over.get()) {
                    settled.forget(settled.expect(order));
                  }
                });
    int woken = 0;
    for (int i = 0; i < TIMES; i++) {
      var waits = settled.expect(order);
      settled.releaseAll();
      woken += waits.done().isDone() ? 1 : 0;
      settled.forget(waits);
    }
    over.set(true);
    comesAndGoes.join();

    assertThat(woken).isEqualTo(TIMES);
  }
}
