package dev.orderly.torture;

import dev.orderly.torture.History.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/**
 * A lapsed lease is taken back: not before it lapsed, and no later than the next sweep. While a
 * fault is at work that may stop work, and until everything serves again, that time stands still.
 */
final class ReclaimRule implements Rule {
  private static final double MICROS = 1e6;

  private final long ttlMicros;
  private final boolean written;
  private final long limitMicros;

  /**
   * @param written whether each heartbeat extends its lease; if heartbeats may stay in Redis, the
   *     last one tells only until when a lease can have lasted
   * @param slack what a busy machine may take beside the sweep's interval
   */
  ReclaimRule(Duration ttl, boolean written, Duration sweep, Duration slack) {
    this.written = written;
    this.ttlMicros = ttl.toNanos() / 1_000;
    this.limitMicros = sweep.plus(slack).toNanos() / 1_000;
  }

  private record Key(String item, long fence) {}

  @Override
  public List<Broken> check(History history) {
    var broken = new ArrayList<Broken>();
    var given = new HashMap<Key, Event>();
    for (var event : history.events()) {
      if (event.type().equals("leased") && event.item() != null) {
        given.put(new Key(event.item(), event.fence()), event);
      } else if (event.type().equals("lease_expired")) {
        var lease = given.get(new Key(event.item(), event.fence()));
        if (lease == null) {
          broken.add(
              new Broken(
                  "reclaim",
                  event.item(),
                  "fence %d lapsed, which was never given".formatted(event.fence())));
          continue;
        }
        long lapse =
            event.lastHeartbeat() == 0 ? lease.expires() : event.lastHeartbeat() + ttlMicros;
        long earliest = written ? lapse : lease.expires();
        judge(history, event.item(), event.fence(), earliest, lapse, event.at(), broken);
      }
    }
    for (var item : history.items().values()) {
      if (item.expires() != 0 && item.expires() < history.readAt()) {
        judge(
            history,
            item.id(),
            item.fence(),
            item.expires(),
            item.expires(),
            history.readAt(),
            broken);
      }
    }
    return broken;
  }

  private void judge(
      History history,
      String item,
      long fence,
      long earliest,
      long lapse,
      long end,
      List<Broken> broken) {
    if (end < earliest) {
      broken.add(
          new Broken(
              "reclaim",
              item,
              "fence %d was taken back %.3f s before it lapsed"
                  .formatted(fence, (earliest - end) / MICROS)));
    }
    long excused = excused(history, lapse, end);
    if (end - lapse - excused > limitMicros) {
      broken.add(
          new Broken(
              "reclaim",
              item,
              "fence %d was held %.3f s beyond its lapse, of which faults excuse %.3f s"
                  .formatted(fence, (end - lapse) / MICROS, excused / MICROS)));
    }
  }

  /** Faults may overlap; what they cover together counts once. */
  private static long excused(History history, long from, long until) {
    long sum = 0;
    long covered = from;
    for (var outage :
        history.outages().stream()
            .filter(History.Outage::excuses)
            .sorted(java.util.Comparator.comparingLong(History.Outage::from))
            .toList()) {
      sum += outage.overlap(covered, until);
      covered = Math.max(covered, outage.until());
    }
    return sum;
  }
}
