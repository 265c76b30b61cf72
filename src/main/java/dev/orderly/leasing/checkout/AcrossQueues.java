package dev.orderly.leasing.checkout;

import dev.orderly.leasing.KnownTypes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds and locks the best items of several queues: first which ones they are, without a lock and
 * without what is in them, then these alone. A look into each queue for as many as are wanted in
 * all would lock, and read, that many of each, and keep them from those who look into one of the
 * queues at that moment.
 */
final class AcrossQueues {
  /** How often to look further, past what others have locked. */
  private static final int LOOKS = 8;

  private static final String QUEUES =
      """
      (select q.type from queues q where f.types is null and q.tenant = f.tenant
        union all select jsonb_array_elements_text(f.types::jsonb) where f.types is not null) t""";

  // One row for each that was picked; without an id if another has it locked, or has just had it.
  private static final String PICK =
      """
      select f.n, l.limited, p.picked, clock_timestamp() as seen_at, i.* from (
          select unnest($1::int[]) as n, unnest($2::text[]) as tenant, unnest($3::text[]) as types,
            unnest($4::int[]) as min_priority, unnest($5::int[]) as reach) f
        cross join lateral (
          select coalesce(bool_or(exists (
              select from work_items where tenant = f.tenant and type = t.type
                and state = 'queued' and not held and limit_key is not null)), false) as limited
          from %1$s offset 0) l
        left join lateral (
          select c.id as picked from %1$s
            cross join lateral (
              select id, rank, priority from work_items
              where tenant = f.tenant and type = t.type and %2$s
              order by rank, priority desc, id limit f.reach) c
          order by c.rank, c.priority desc, c.id limit f.reach) p on true
        left join lateral (
          select %3$s from work_items where id = p.picked and %2$s for update skip locked) i on true
      """
          .formatted(QUEUES, CandidateSearch.available(6), Candidate.COLUMNS);

  private final KnownTypes types;

  AcrossQueues(KnownTypes types) {
    this.types = types;
  }

  /**
   * @param lines one for each filter
   * @return what was found for each; a row without an id tells only whether there are items with
   *     limits
   */
  Future<List<List<Row>>> find(SqlConnection connection, List<SearchLine> lines) {
    var found = new ArrayList<List<Row>>();
    lines.forEach(line -> found.add(List.of()));
    var reach = lines.stream().map(SearchLine::wanted).toArray(Integer[]::new);
    var all = IntStream.range(0, lines.size()).boxed().toList();
    return find(connection, lines, all, reach, found, LOOKS).map(found);
  }

  private Future<Void> find(
      SqlConnection connection,
      List<SearchLine> lines,
      List<Integer> places,
      Integer[] reach,
      List<List<Row>> found,
      int looks) {
    if (places.isEmpty() || looks == 0) {
      return Future.succeededFuture();
    }
    return look(connection, lines, places, reach)
        .compose(
            looked -> {
              var again = new ArrayList<Integer>();
              for (int n = 0; n < places.size(); n++) {
                int place = places.get(n);
                var rows = looked.get(n);
                found.set(place, rows);
                long got = rows.stream().filter(row -> row.getUUID("id") != null).count();
                long picked = rows.stream().filter(row -> row.getUUID("picked") != null).count();
                if (got < lines.get(place).wanted() && picked == reach[place]) {
                  reach[place] += 2 * (int) (picked - got);
                  again.add(place);
                }
              }
              return find(connection, lines, again, reach, found, looks - 1);
            });
  }

  private Future<List<List<Row>>> look(
      SqlConnection connection, List<SearchLine> lines, List<Integer> places, Integer[] reach) {
    var looking = places.stream().map(lines::get).toList();
    return connection
        .preparedQuery(PICK)
        .execute(
            Tuple.tuple()
                .addArrayOfInteger(
                    IntStream.range(0, places.size()).boxed().toArray(Integer[]::new))
                .addArrayOfString(looking.stream().map(SearchLine::tenant).toArray(String[]::new))
                .addArrayOfString(looking.stream().map(AcrossQueues::queues).toArray(String[]::new))
                .addArrayOfInteger(
                    looking.stream().map(l -> l.filter().minPriority()).toArray(Integer[]::new))
                .addArrayOfInteger(places.stream().map(p -> reach[p]).toArray(Integer[]::new))
                .addArrayOfString(types.unknown()))
        .map(
            rows -> {
              var byLine = new ArrayList<List<Row>>();
              places.forEach(place -> byLine.add(new ArrayList<>()));
              rows.forEach(row -> byLine.get(row.getInteger("n")).add(row));
              return byLine;
            });
  }

  private static String queues(SearchLine line) {
    var types = line.filter().types();
    return types.isEmpty() ? null : new JsonArray(types).encode();
  }
}
