package dev.orderly.torture;

import dev.orderly.torture.Entry.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * When each lease was certainly held, as its holder was told: from the checkout's answer until the
 * last expiry promised, or until the holder or the order's owner asked for its end, whether or not
 * that was acknowledged. A correct system may have ended it no earlier.
 */
final class Holds {

  /**
   * @param from monotonic nanoseconds
   * @param until exclusive
   */
  record Hold(String agent, String item, String order, long fence, long from, long until) {}

  private record Key(String item, long fence) {}

  private Holds() {}

  /** In the order of their beginnings; those that were certain at no moment are left out. */
  static List<Hold> of(List<Entry> ledger) {
    var expiries = new HashMap<Key, Long>();
    var ends = new HashMap<Key, Long>();
    var cancelled = new HashMap<String, Long>();
    for (var entry : ledger) {
      var key = new Key(entry.item(), entry.fence());
      if (entry.expires() > 0 && entry.acknowledged()) {
        expiries.merge(key, entry.expires(), Math::max);
      }
      if (entry.op().ends()) {
        ends.merge(key, entry.sent(), Math::min);
      }
      if (entry.op().endsAll()) {
        cancelled.merge(entry.order(), entry.sent(), Math::min);
      }
    }
    var holds = new ArrayList<Hold>();
    for (var entry : ledger) {
      if (entry.op() == Op.CHECKOUT && entry.acknowledged()) {
        var key = new Key(entry.item(), entry.fence());
        long until =
            Math.min(
                expiries.get(key),
                Math.min(
                    ends.getOrDefault(key, Long.MAX_VALUE),
                    cancelled.getOrDefault(entry.order(), Long.MAX_VALUE)));
        if (entry.read() < until) {
          holds.add(
              new Hold(
                  entry.agent(), entry.item(), entry.order(), entry.fence(), entry.read(), until));
        }
      }
    }
    holds.sort(Comparator.comparingLong(Hold::from));
    return holds;
  }

  static Map<String, List<Hold>> byItem(List<Entry> ledger) {
    var byItem = new HashMap<String, List<Hold>>();
    of(ledger)
        .forEach(hold -> byItem.computeIfAbsent(hold.item(), item -> new ArrayList<>()).add(hold));
    return byItem;
  }
}
