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
    int limit = 0;
    for (var filter : wanted.keySet()) {
      // The filters before it may take the very same items: it must see as many more.
      limit += wanted.get(filter);
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

  String tenant() {
    return filter.tenant();
  }

  UUID orderId() {
    return filter.orderId();
  }
}
