package dev.orderly.leasing.checkout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One place to look for what a filter asks for.
 *
 * @param type the queue; null means any
 * @param wanted how many items at most
 */
record SearchLine(ClaimFilter filter, String type, int wanted) {

  /**
   * @param wanted how many items each filter wants
   */
  static List<SearchLine> of(Map<ClaimFilter, Integer> wanted) {
    var lines = new ArrayList<SearchLine>();
    var before = new ArrayList<ClaimFilter>();
    for (var filter : wanted.keySet()) {
      before.add(filter);
      // Those before it may take the very same items: it must see as many more.
      int limit =
          before.stream().filter(other -> other.overlaps(filter)).mapToInt(wanted::get).sum();
      if (filter.types().isEmpty()) {
        lines.add(new SearchLine(filter, null, limit));
      }
      for (var type : filter.types()) {
        lines.add(new SearchLine(filter, type, limit));
      }
    }
    return lines;
  }

  boolean byOrder() {
    return filter.orderId() != null;
  }

  /** Whether it is one of several queues among whose items the best are wanted. */
  boolean across() {
    return !byOrder() && filter.types().size() != 1;
  }

  String tenant() {
    return filter.tenant();
  }

  UUID orderId() {
    return filter.orderId();
  }
}
