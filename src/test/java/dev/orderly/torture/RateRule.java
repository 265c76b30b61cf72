package dev.orderly.torture;

import dev.orderly.torture.Entry.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * No more checkouts in any span of time than a full bucket and what flows into it meanwhile. A
 * checkout certainly fell between its request and its answer, so a span counts those that lie
 * within it as a whole.
 */
final class RateRule implements Rule {
  /** The machine's clock, by which buckets fill, may be drawn towards the right time. */
  private static final double CLOCK_TOLERANCE = 1.001;

  private final String name;
  private final double perSecond;
  private final Predicate<Entry> concerned;

  /**
   * @param perSecond also what a bucket holds, if it is 1 or more
   */
  RateRule(String name, double perSecond, Predicate<Entry> concerned) {
    this.name = name;
    this.perSecond = perSecond;
    this.concerned = concerned;
  }

  @Override
  public List<Broken> check(History history) {
    var checkouts =
        history.ledger().stream()
            .filter(entry -> entry.op() == Op.CHECKOUT && entry.acknowledged())
            .filter(concerned)
            .sorted(Comparator.comparingLong(Entry::read))
            .toList();
    var broken = new ArrayList<Broken>();
    for (var first : checkouts) {
      int count = 0;
      for (var last : checkouts) {
        count += last.sent() >= first.sent() ? 1 : 0;
        double seconds = Math.max(0, last.read() - first.sent()) / 1e9 * CLOCK_TOLERANCE;
        if (count > Math.max(1, perSecond) + perSecond * seconds) {
          broken.add(
              new Broken(
                  "rate " + name,
                  last.item(),
                  "%d checkouts within %.3f s, at %.3f per second"
                      .formatted(count, seconds, perSecond)));
          return broken;
        }
      }
    }
    return broken;
  }
}
