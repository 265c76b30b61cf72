package dev.orderly.leasing.checkout.search;

import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * One place to look for what a filter asks for.
 *
 * @param type the queue; null means any, and then the line is {@link #across} or by order
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

  /** The first parameters of a search: each line's number and its tenant. */
  static Tuple places(List<SearchLine> lines) {
    return Tuple.tuple()
        .addArrayOfInteger(IntStream.range(0, lines.size()).boxed().toArray(Integer[]::new))
        .addArrayOfString(lines.stream().map(SearchLine::tenant).toArray(String[]::new));
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
