package dev.orderly.leasing.desk;

import java.util.concurrent.TimeUnit;

/**
 * Until when somebody listens for an answer, by this node's monotonic clock.
 *
 * @param nanos as {@link System#nanoTime}; null for ever
 */
record Deadline(Long nanos) {
  /** For the way of question and answer, and the coarse clocks that end a wait. */
  private static final long MARGIN_MILLIS = 100;

  /**
   * @param millis how long from now on; 0 for ever
   */
  static Deadline in(long millis) {
    return new Deadline(
        millis == 0
            ? null
            : System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis - MARGIN_MILLIS));
  }

  boolean isOver() {
    return nanos != null && System.nanoTime() - nanos > 0;
  }
}
