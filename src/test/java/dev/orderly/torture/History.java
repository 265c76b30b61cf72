package dev.orderly.torture;

import java.util.List;
import java.util.Map;

/**
 * All that is known of a run: what callers were told, and what the database holds afterwards. Times
 * of the ledger are monotonic nanoseconds, those of the database microseconds of its clock.
 *
 * @param applied how often each order's change was made, by order
 * @param outages when faults were at work, until everything served again
 * @param readAt the database's clock when it was read
 */
record History(
    List<Entry> ledger,
    List<Event> events,
    Map<String, Item> items,
    Map<String, Order> orders,
    Map<String, Integer> applied,
    List<Outage> outages,
    long readAt) {

  /**
   * A line of the audit trail.
   *
   * @param item null if it is the order's own
   * @param from null if it is no transition, as is {@code to}
   * @param fence 0 if it has none
   * @param expires until when a lease was given; 0 for none
   * @param lastHeartbeat of the lease that ended; 0 for none
   * @param digest of a submitted result, or null
   */
  record Event(
      long id,
      String order,
      String item,
      String type,
      String from,
      String to,
      long fence,
      long at,
      long expires,
      long lastHeartbeat,
      String digest) {}

  /**
   * @param expires until when it is leased; 0 if it is not
   * @param result null for none
   */
  record Item(
      String id,
      String order,
      String state,
      long fence,
      long expires,
      String agent,
      String result) {}

  /**
   * @param name the proposal's own
   */
  record Order(String id, String name, String state) {}

  /**
   * @param excuses whether work may stand still meanwhile
   */
  record Outage(String fault, long from, long until, boolean excuses) {
    long overlap(long start, long end) {
      return Math.max(0, Math.min(until, end) - Math.max(from, start));
    }
  }
}
