package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Finds and locks queued items of types without limits, and tells where there are others. Locked
 * rows are skipped, so that no search waits for another.
 */
public final class CandidateSearch {
  // One index range per filter and queue: the lateral form lets each stop at its own limit. Whether
  // there are items with limits is asked once for each range (hence the offset), of their own
  // index.
  private static final String BY_QUEUE =
      """
      select f.n, t.limited, clock_timestamp() as seen_at, i.* from (
          select unnest($1::int[]) as n, unnest($2::text[]) as tenant, unnest($3::text[]) as type,
            unnest($4::int[]) as min_priority, unnest($5::int[]) as wanted, unnest($6::bigint[]) as head) f
        cross join lateral (
          select exists (
              select from work_queue where tenant = f.tenant and type = f.type
                and limit_key is not null) as limited
          offset 0) t
        left join lateral (
          select i.* from (
              select item_id from work_queue
              where tenant = f.tenant and type = f.type and rank >= f.head and %s
              order by rank, priority desc, item_id limit f.wanted for update skip locked) q
            %s) i on true
      """
          .formatted(available(7), Candidate.OF_QUEUE);

  private static final String BY_ORDER =
      """
      select f.n, t.limited, clock_timestamp() as seen_at, i.* from (
          select unnest($1::int[]) as n, unnest($2::text[]) as tenant, unnest($3::uuid[]) as order_id,
            unnest($4::text[]) as type, unnest($5::int[]) as min_priority, unnest($6::int[]) as wanted) f
        cross join lateral (
          select exists (
              select from work_queue where order_id = f.order_id and tenant = f.tenant
                and limit_key is not null) as limited
          offset 0) t
        left join lateral (
          select i.* from (
              select item_id from work_queue
              where order_id = f.order_id and tenant = f.tenant and (f.type is null or type = f.type) and %s
              order by priority desc, item_id limit f.wanted for update skip locked) q
            %s) i on true
      """
          .formatted(available(7), Candidate.OF_QUEUE);

  private final KnownTypes types;
  private final QueueHeads heads;
  private final AcrossQueues acrossQueues;

  public CandidateSearch(KnownTypes types) {
    this(types, new QueueHeads(System::nanoTime));
  }

  /**
   * @param heads where searches may begin
   */
  CandidateSearch(KnownTypes types, QueueHeads heads) {
    this.types = types;
    this.heads = heads;
    this.acrossQueues = new AcrossQueues(types);
  }

  /** Items may have come to the head of a queue. */
  public void workAppeared(Queue queue) {
    heads.forget(queue);
  }

  /**
   * The condition under which an item of {@code work_queue} may be given to a filter {@code f}.
   *
   * @param unknown the number of the parameter with the types that this node does not know
   */
  static String available(int unknown) {
    return """
        limit_key is null and available_at <= now()
          and priority >= f.min_priority
          and (cardinality($%1$d::text[]) = 0 or order_type || E'\\n' || type_version <> all($%1$d))"""
        .formatted(unknown);
  }

  /**
   * What was found for a filter.
   *
   * @param items of types without limits, best first; filters may overlap, and a statement does not
   *     skip what it locked itself, so an item may be found for several
   * @param limited whether there may be items with limits too
   */
  public record Found(List<Candidate> items, boolean limited) {}

  /**
   * @param wanted how many items each filter wants
   * @return for each filter as many, if there are, whatever the filters before it take
   */
  public Future<Map<ClaimFilter, Found>> find(
      SqlConnection connection, Map<ClaimFilter, Integer> wanted) {
    var lines = SearchLine.of(wanted);
    var found = new HashMap<ClaimFilter, Found>();
    wanted.keySet().forEach(filter -> found.put(filter, new Found(new ArrayList<>(), false)));
    var queues = lines.stream().filter(line -> !line.byOrder() && !line.across()).toList();
    var orders = lines.stream().filter(SearchLine::byOrder).toList();
    return byQueue(connection, queues, found)
        .compose(queued -> across(connection, lines, found))
        .compose(queued -> byOrder(connection, orders, found))
        .map(
            ordered -> {
              found.values().forEach(f -> f.items().sort(Candidate.ORDER));
              return found;
            });
  }

  private Future<?> across(
      SqlConnection connection, List<SearchLine> lines, Map<ClaimFilter, Found> found) {
    var byFilter = new LinkedHashMap<ClaimFilter, SearchLine>();
    lines.stream()
        .filter(SearchLine::across)
        .forEach(line -> byFilter.putIfAbsent(line.filter(), line));
    return Pipeline.all(
        byFilter.values().stream()
            .map(
                line ->
                    acrossQueues
                        .find(connection, line)
                        .map(
                            rows -> {
                              add(line, rows, found);
                              return rows;
                            }))
            .toList());
  }

  private Future<?> byQueue(
      SqlConnection connection, List<SearchLine> lines, Map<ClaimFilter, Found> found) {
    if (lines.isEmpty()) {
      return Future.succeededFuture();
    }
    var from = lines.stream().map(heads::of).toArray(Long[]::new);
    return look(connection, lines, from)
        .compose(
            looked -> {
              var again = new ArrayList<SearchLine>();
              for (int n = 0; n < lines.size(); n++) {
                if (!enough(lines.get(n), from[n], looked.get(n))
                    && from[n] != QueueHeads.BEGINNING) {
                  again.add(lines.get(n));
                } else {
                  add(lines.get(n), looked.get(n), found);
                }
              }
              return byQueue(connection, again, found);
            });
  }

  /** Whether a line found all that it wanted; if not, the next search is from the beginning. */
  private boolean enough(SearchLine line, long from, List<Row> rows) {
    int items = 0;
    long first = Long.MAX_VALUE;
    for (var row : rows) {
      if (row.getUUID("id") != null) {
        items++;
        first = Math.min(first, row.getLong("rank"));
      }
    }
    if (items < line.wanted()) {
      heads.forget(line);
      return false;
    }
    heads.found(line, from, first);
    return true;
  }

  private Future<List<List<Row>>> look(
      SqlConnection connection, List<SearchLine> lines, Long[] from) {
    return connection
        .preparedQuery(BY_QUEUE)
        .execute(
            SearchLine.places(lines)
                .addArrayOfString(lines.stream().map(SearchLine::type).toArray(String[]::new))
                .addArrayOfInteger(priorities(lines))
                .addArrayOfInteger(lines.stream().map(SearchLine::wanted).toArray(Integer[]::new))
                .addArrayOfLong(from)
                .addArrayOfString(types.unknown()))
        .map(rows -> byLine(lines, rows));
  }

  private Future<?> byOrder(
      SqlConnection connection, List<SearchLine> lines, Map<ClaimFilter, Found> found) {
    if (lines.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(BY_ORDER)
        .execute(
            SearchLine.places(lines)
                .addArrayOfUUID(lines.stream().map(SearchLine::orderId).toArray(UUID[]::new))
                .addArrayOfString(lines.stream().map(SearchLine::type).toArray(String[]::new))
                .addArrayOfInteger(priorities(lines))
                .addArrayOfInteger(lines.stream().map(SearchLine::wanted).toArray(Integer[]::new))
                .addArrayOfString(types.unknown()))
        .map(
            rows -> {
              var looked = byLine(lines, rows);
              for (int n = 0; n < lines.size(); n++) {
                add(lines.get(n), looked.get(n), found);
              }
              return null;
            });
  }

  private static Integer[] priorities(List<SearchLine> lines) {
    return lines.stream().map(line -> line.filter().minPriority()).toArray(Integer[]::new);
  }

  private static List<List<Row>> byLine(List<SearchLine> lines, RowSet<Row> rows) {
    var byLine = new ArrayList<List<Row>>();
    lines.forEach(line -> byLine.add(new ArrayList<>()));
    rows.forEach(row -> byLine.get(row.getInteger("n")).add(row));
    return byLine;
  }

  private static void add(SearchLine line, List<Row> rows, Map<ClaimFilter, Found> found) {
    rows.forEach(row -> add(row, line.filter(), found));
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
