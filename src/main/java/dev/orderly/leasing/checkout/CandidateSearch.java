package dev.orderly.leasing.checkout;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Finds and locks queued items of types without limits, and tells where there are others. Locked
 * rows are skipped, so that no search waits for another.
 */
final class CandidateSearch {
  private static final String AVAILABLE =
      "state = 'queued' and not held and limit_key is null and available_at <= now()"
          + " and priority >= f.min_priority";

  // One index range per filter and queue: the lateral form lets each stop at its own limit. Whether
  // there are items with limits is asked once for each range (hence the offset), of their own
  // index.
  private static final String BY_QUEUE =
      """
      select f.n, t.limited, clock_timestamp() as seen_at, i.* from (
          select unnest($1::int[]) as n, unnest($2::text[]) as tenant, unnest($3::text[]) as type,
            unnest($4::int[]) as min_priority, unnest($5::int[]) as wanted) f
        cross join lateral (
          select q.type, exists (
              select from work_items where tenant = f.tenant and type = q.type
                and state = 'queued' and not held and limit_key is not null) as limited
          from (
            select f.type as type where f.type is not null
            union all select q.type from queues q where f.type is null and q.tenant = f.tenant) q
          offset 0) t
        left join lateral (
          select %s from work_items
          where tenant = f.tenant and type = t.type and %s
          order by rank, priority desc, id limit f.wanted for update skip locked) i on true
      """
          .formatted(Candidate.COLUMNS, AVAILABLE);

  private static final String BY_ORDER =
      """
      select f.n, t.limited, clock_timestamp() as seen_at, i.* from (
          select unnest($1::int[]) as n, unnest($2::text[]) as tenant, unnest($3::uuid[]) as order_id,
            unnest($4::text[]) as type, unnest($5::int[]) as min_priority, unnest($6::int[]) as wanted) f
        cross join lateral (
          select exists (
              select from work_items where order_id = f.order_id and tenant = f.tenant
                and state = 'queued' and not held and limit_key is not null) as limited
          offset 0) t
        left join lateral (
          select %s from work_items
          where order_id = f.order_id and tenant = f.tenant and (f.type is null or type = f.type) and %s
          order by priority desc, id limit f.wanted for update skip locked) i on true
      """
          .formatted(Candidate.COLUMNS, AVAILABLE);

  private CandidateSearch() {}

  /**
   * What was found for a filter.
   *
   * @param items of types without limits, best first; filters may overlap, and a statement does not
   *     skip what it locked itself, so an item may be found for several
   * @param limited whether there may be items with limits too
   */
  record Found(List<Candidate> items, boolean limited) {}

  /**
   * @param wanted how many items each filter wants
   * @return for each filter as many, if there are, whatever the filters before it take
   */
  static Future<Map<ClaimFilter, Found>> find(
      SqlConnection connection, Map<ClaimFilter, Integer> wanted) {
    var lines = SearchLine.of(wanted);
    var found = new HashMap<ClaimFilter, Found>();
    wanted.keySet().forEach(filter -> found.put(filter, new Found(new ArrayList<>(), false)));
    return query(connection, lines.stream().filter(line -> !line.byOrder()).toList(), false, found)
        .compose(
            queued ->
                query(connection, lines.stream().filter(SearchLine::byOrder).toList(), true, found))
        .map(
            ordered -> {
              found.values().forEach(f -> f.items().sort(Candidate.ORDER));
              return found;
            });
  }

  private static Future<?> query(
      SqlConnection connection,
      List<SearchLine> lines,
      boolean withOrder,
      Map<ClaimFilter, Found> found) {
    if (lines.isEmpty()) {
      return Future.succeededFuture();
    }
    var tuple =
        Tuple.tuple()
            .addArrayOfInteger(IntStream.range(0, lines.size()).boxed().toArray(Integer[]::new))
            .addArrayOfString(lines.stream().map(SearchLine::tenant).toArray(String[]::new));
    if (withOrder) {
      tuple.addArrayOfUUID(lines.stream().map(SearchLine::orderId).toArray(UUID[]::new));
    }
    tuple
        .addArrayOfString(lines.stream().map(SearchLine::type).toArray(String[]::new))
        .addArrayOfInteger(
            lines.stream().map(l -> l.filter().minPriority()).toArray(Integer[]::new))
        .addArrayOfInteger(lines.stream().map(SearchLine::wanted).toArray(Integer[]::new));
    return connection
        .preparedQuery(withOrder ? BY_ORDER : BY_QUEUE)
        .execute(tuple)
        .map(
            rows -> {
              rows.forEach(row -> add(row, lines.get(row.getInteger("n")).filter(), found));
              return null;
            });
  }

  private static void add(Row row, ClaimFilter filter, Map<ClaimFilter, Found> found) {
    boolean limited = row.getBoolean("limited");
    var sofar = found.get(filter);
    if (limited && !sofar.limited()) {
      sofar = new Found(sofar.items(), true);
      found.put(filter, sofar);
    }
    if (row.getUUID("id") != null) {
      sofar.items().add(Candidate.of(row));
    }
  }
}
