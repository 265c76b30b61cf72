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
 *
 * <p>A call that names only its item is about whichever lease the caller has. To ask for an end in
 * that way may end any; a heartbeat in that way shows that the caller had one, not which.
 */
final class Holds {

  /**
   * @param fence 0 if it is not known
   * @param from monotonic nanoseconds
   * @param until exclusive
   * @param about what limits go by, see {@link Workload#about}; null if it is not known
   */
  record Hold(
      String agent, String item, String order, long fence, long from, long until, String about) {}

  private record Key(String item, long fence) {}

  private record Holder(String item, String agent) {}

  private final Map<Key, Long> expiries = new HashMap<>();
  private final Map<Key, Long> ends = new HashMap<>();
  private final Map<Holder, Long> bareEnds = new HashMap<>();
  private final Map<Holder, Long> allEnds = new HashMap<>();
  private final Map<String, Long> cancelled = new HashMap<>();

  private Holds(List<Entry> ledger) {
    for (var entry : ledger) {
      var key = new Key(entry.item(), entry.fence());
      if (entry.expires() > 0 && entry.acknowledged() && !entry.bare()) {
        expiries.merge(key, entry.expires(), Math::max);
      }
      if (entry.op().ends()) {
        var holder = new Holder(entry.item(), entry.agent());
        allEnds.merge(holder, entry.sent(), Math::min);
        if (entry.bare()) {
          bareEnds.merge(holder, entry.sent(), Math::min);
        } else {
          ends.merge(key, entry.sent(), Math::min);
        }
      }
      if (entry.op().endsAll()) {
        cancelled.merge(entry.order(), entry.sent(), Math::min);
      }
    }
  }

  /** In the order of their beginnings; those that were certain at no moment are left out. */
  static List<Hold> of(List<Entry> ledger) {
    var known = new Holds(ledger);
    return ledger.stream()
        .filter(entry -> entry.op() == Op.CHECKOUT && entry.acknowledged())
        .map(known::lease)
        .filter(hold -> hold.from() < hold.until())
        .sorted(Comparator.comparingLong(Hold::from))
        .toList();
  }

  /** The same, and what heartbeats show that named only their items. */
  static Map<String, List<Hold>> byItem(List<Entry> ledger) {
    var known = new Holds(ledger);
    var holds = new ArrayList<>(of(ledger));
    ledger.stream()
        .filter(entry -> entry.bare() && entry.expires() > 0 && entry.acknowledged())
        .map(known::extended)
        .filter(hold -> hold.from() < hold.until())
        .forEach(holds::add);
    holds.sort(Comparator.comparingLong(Hold::from));
    var byItem = new HashMap<String, List<Hold>>();
    holds.forEach(hold -> byItem.computeIfAbsent(hold.item(), item -> new ArrayList<>()).add(hold));
    return byItem;
  }

  private Hold lease(Entry checkout) {
    var key = new Key(checkout.item(), checkout.fence());
    var holder = new Holder(checkout.item(), checkout.agent());
    long end = Math.min(at(ends, key), at(bareEnds, holder));
    return hold(checkout, checkout.fence(), expiries.get(key), end, checkout.detail());
  }

  private Hold extended(Entry heartbeat) {
    var holder = new Holder(heartbeat.item(), heartbeat.agent());
    return hold(heartbeat, 0, heartbeat.expires(), at(allEnds, holder), null);
  }

  private Hold hold(Entry entry, long fence, long expires, long end, String about) {
    long until = Math.min(expires, Math.min(end, at(cancelled, entry.order())));
    return new Hold(entry.agent(), entry.item(), entry.order(), fence, entry.read(), until, about);
  }

  private static <K> long at(Map<K, Long> times, K key) {
    return times.getOrDefault(key, Long.MAX_VALUE);
  }
}
