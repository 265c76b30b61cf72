package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.LeaseMessages.Queue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * From which rank on to search queues. An item that was given leaves a dead entry at the head of
 * its queue's index, which every search would pass over until a vacuum takes it away: thousands
 * after seconds, and more as long as any old transaction holds vacuums back.
 *
 * <p>Only a guess, which may overlook items that came back to the head. So it ends with every hint
 * of work in the queue, and after a moment without any; and who finds too little by it has to look
 * again from the beginning. For use by one thread.
 */
final class QueueHeads {
  /** The beginning of every queue. */
  static final long BEGINNING = Long.MIN_VALUE;

  private static final long GUESS_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int MOST_QUEUES = 1_000;

  private final LongSupplier nanoTime;

  /** By lowest priority. */
  private final Map<Queue, Map<Integer, Head>> heads =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Queue, Map<Integer, Head>> eldest) {
          return size() > MOST_QUEUES;
        }
      };

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  QueueHeads(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * @param sinceNanos when the queue was searched from its beginning
   */
  private record Head(long rank, long sinceNanos) {}

  /**
   * The rank from which on to search.
   *
   * @param line one that looks into a single queue
   */
  long of(SearchLine line) {
    var head = head(line);
    return head == null || nanoTime.getAsLong() - head.sinceNanos() > GUESS_NANOS
        ? BEGINNING
        : head.rank();
  }

  private Head head(SearchLine line) {
    var byPriority = heads.get(queue(line));
    return byPriority == null ? null : byPriority.get(line.filter().minPriority());
  }

  /**
   * A line was searched and there was as much as it wanted.
   *
   * @param from what {@link #of} said
   * @param first the lowest rank that was found
   */
  void found(SearchLine line, long from, long first) {
    var before = head(line);
    // What was forgotten meanwhile stays so, and another search may know better by now.
    if (from == BEGINNING || (before != null && before.rank() == from)) {
      long since = from == BEGINNING ? nanoTime.getAsLong() : before.sinceNanos();
      heads
          .computeIfAbsent(queue(line), q -> new HashMap<>())
          .put(line.filter().minPriority(), new Head(first, since));
    }
  }

  /** Items may have come to the head of a queue. */
  void forget(Queue queue) {
    heads.remove(queue);
  }

  void forget(SearchLine line) {
    forget(queue(line));
  }

  private static Queue queue(SearchLine line) {
    return new Queue(line.tenant(), line.type());
  }
}
