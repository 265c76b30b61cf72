package dev.orderly.applying.code;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.bus.Tasks;
import dev.orderly.bus.Tasks.TookTooLong;
import dev.orderly.types.JavaApply;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * One run of a type's own code, on a virtual thread of its own, so that code which blocks without
 * awaiting holds up no other order. When its time is over the thread is interrupted and nobody
 * waits for it any more; from then on it reaches no database.
 */
final class Hook {
  private final Context waiting;
  private final Duration limit;
  private boolean over;

  /**
   * @param waiting the context whose task waits
   * @throws ApplyFailed if the type's limit is none
   */
  Hook(Context waiting, JavaApply code) {
    this.waiting = waiting;
    this.limit = limit(code);
  }

  /** As {@link #Hook(Context, JavaApply)}, within a shorter limit if that is less. */
  Hook(Context waiting, JavaApply code, Duration atMost) {
    this.waiting = waiting;
    var own = limit(code);
    this.limit = own.compareTo(atMost) < 0 ? own : atMost;
  }

  /** How long the code may take. */
  static Duration limit(JavaApply code) {
    var limit = code.applyTimeout();
    if (limit == null || limit.toMillis() < 1 || limit.compareTo(JavaApply.LONGEST_TIMEOUT) > 0) {
      throw ApplyFailed.forGood(
          "The type's apply timeout must be 1 ms to %d s, found %s"
              .formatted(JavaApply.LONGEST_TIMEOUT.toSeconds(), limit));
    }
    return limit;
  }

  /**
   * Waits on a virtual-thread context; throws what the work throws.
   *
   * @throws ApplyFailed if it takes too long
   */
  <T> T run(Supplier<T> work) {
    try {
      return Tasks.offload(waiting, limit, work).await();
    } catch (TookTooLong e) {
      throw ApplyFailed.forNow(
          "The type's code took longer than %d ms".formatted(limit.toMillis()), e);
    } finally {
      end();
    }
  }

  /**
   * Begins a statement of the code. Once the time is over none begins: its connection may by then
   * serve others.
   *
   * @throws IllegalStateException if the time is over
   */
  synchronized <T> Future<T> begin(Supplier<Future<T>> statement) {
    if (over) {
      throw new IllegalStateException("the hook is over; its context cannot be used any more");
    }
    return statement.get();
  }

  private synchronized void end() {
    over = true;
  }
}
