package dev.orderly.leasing;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds and locks queued items. Locked rows are skipped, so that no search waits for another. */
final class CandidateSearch {
  private static final String AVAILABLE =
      "state = 'queued' and not held and available_at <= now() and priority >= f.min_priority";

  // One index range per filter and queue: the lateral form lets each stop at its own limit.
  private static final String BY_QUEUE =
      """
      select f.n, i.* from unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::int[])
          as f(n, tenant, type, min_priority, wanted)
        cross join lateral (
          select f.type as type where f.type is not null
          union all select q.type from queues q where f.type is null and q.tenant = f.tenant) t
        cross join lateral (
          select %s from work_items
          where tenant = f.tenant and type = t.type and %s
          order by priority desc, id limit f.wanted for update skip locked) i
      """
          .formatted(Candidate.COLUMNS, AVAILABLE);

  private static final String BY_ORDER =
      """
      select f.n, i.* from unnest($1::int[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::int[])
          as f(n, tenant, order_id, type, min_priority, wanted)
        cross join lateral (
          select %s from work_items
          where order_id = f.order_id and tenant = f.tenant and (f.type is null or type = f.type) and %s
          order by priority desc, id limit f.wanted for update skip locked) i
      """
          .formatted(Candidate.COLUMNS, AVAILABLE);

  private CandidateSearch() {}

  private record Line(int number, ClaimFilter filter, String type, int wanted) {}

  /**
   * @param wanted how many items each filter wants
   * @return for each filter at most that many, best first; no item twice
   */
  static Future<Map<ClaimFilter, List<Candidate>>> find(
      SqlConnection connection, Map<ClaimFilter, Integer> wanted) {
    var filters = List.copyOf(wanted.keySet());
    var byQueue = new ArrayList<Line>();
    var byOrder = new ArrayList<Line>();
    int limit = 0;
    for (int n = 0; n < filters.size(); n++) {
      var filter = filters.get(n);
      var lines = filter.orderId() == null ? byQueue : byOrder;
      // The filters before it may take the very same items: it must see as many more.
      limit += wanted.get(filter);
      if (filter.types().isEmpty()) {
        lines.add(new Line(n, filter, null, limit));
      }
      for (var type : filter.types()) {
        lines.add(new Line(n, filter, type, limit));
      }
    }
    return query(connection, byQueue, false)
        .compose(
            queued ->
                query(connection, byOrder, true)
                    .map(
                        ordered -> {
                          queued.putAll(ordered);
                          return distinct(filters, wanted, queued);
                        }));
  }

  private static Future<Map<Integer, List<Candidate>>> query(
      SqlConnection connection, List<Line> lines, boolean withOrder) {
    if (lines.isEmpty()) {
      return Future.succeededFuture(new HashMap<>());
    }
    var tuple =
        Tuple.tuple()
            .addArrayOfInteger(lines.stream().map(Line::number).toArray(Integer[]::new))
            .addArrayOfString(lines.stream().map(l -> l.filter().tenant()).toArray(String[]::new));
    if (withOrder) {
      tuple.addArrayOfUUID(lines.stream().map(l -> l.filter().orderId()).toArray(UUID[]::new));
    }
    tuple
        .addArrayOfString(lines.stream().map(Line::type).toArray(String[]::new))
        .addArrayOfInteger(
            lines.stream().map(l -> l.filter().minPriority()).toArray(Integer[]::new))
        .addArrayOfInteger(lines.stream().map(Line::wanted).toArray(Integer[]::new));
    return connection
        .preparedQuery(withOrder ? BY_ORDER : BY_QUEUE)
        .execute(tuple)
        .map(CandidateSearch::group);
  }

  private static Map<Integer, List<Candidate>> group(RowSet<Row> rows) {
    var found = new HashMap<Integer, List<Candidate>>();
    for (Row row : rows) {
      found.computeIfAbsent(row.getInteger("n"), n -> new ArrayList<>()).add(Candidate.of(row));
    }
    return found;
  }

  /** Filters may overlap, and a statement does not skip what it locked itself. */
  private static Map<ClaimFilter, List<Candidate>> distinct(
      List<ClaimFilter> filters,
      Map<ClaimFilter, Integer> wanted,
      Map<Integer, List<Candidate>> found) {
    var taken = new HashSet<UUID>();
    var result = new LinkedHashMap<ClaimFilter, List<Candidate>>();
    for (int n = 0; n < filters.size(); n++) {
      var filter = filters.get(n);
      result.put(
          filter,
          found.getOrDefault(n, List.of()).stream()
              .sorted(Candidate.ORDER)
              .filter(candidate -> taken.add(candidate.id()))
              .limit(wanted.get(filter))
              .toList());
    }
    return result;
  }
}
