package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.KnownTypes;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

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
      select l.limited, p.picked, clock_timestamp() as seen_at, i.* from (
          select $1::text as tenant, $2::text as types, $3::int as min_priority, $4::int as reach) f
        cross join lateral (
          select coalesce(bool_or(exists (
              select from work_queue where tenant = f.tenant and type = t.type
                and limit_key is not null)), false) as limited
          from %1$s offset 0) l
        left join lateral (
          select c.item_id as picked, c.order_id, c.priority from %1$s
            cross join lateral (
              select item_id, order_id, rank, priority from work_queue
              where tenant = f.tenant and type = t.type and %2$s
              order by rank, priority desc, item_id limit f.reach) c
          order by c.rank, c.priority desc, c.item_id limit f.reach) p on true
        left join lateral (
          select i.* from (
              select item_id from work_queue
              where order_id = p.order_id and priority = p.priority and item_id = p.picked
              for update skip locked) q
            %3$s) i on true
      """
          .formatted(QUEUES, CandidateSearch.available(5), Candidate.OF_QUEUE);

  private final KnownTypes types;

  AcrossQueues(KnownTypes types) {
    this.types = types;
  }

  /**
   * @return what was found; a row without an id tells only whether there are items with limits
   */
  Future<List<Row>> find(SqlConnection connection, SearchLine line) {
    return find(connection, line, line.wanted(), LOOKS);
  }

  /**
   * @param reach how many of the best to look at
   */
  private Future<List<Row>> find(SqlConnection connection, SearchLine line, int reach, int looks) {
    return connection
        .preparedQuery(PICK)
        .execute(
            Tuple.tuple()
                .addString(line.tenant())
                .addString(queues(line))
                .addInteger(line.filter().minPriority())
                .addInteger(reach)
                .addArrayOfString(types.unknown()))
        .compose(
            rows -> {
              var found = rows.stream().toList();
              int picked = count(found, "picked");
              int got = count(found, "id");
              return got < line.wanted() && picked == reach && looks > 1
                  ? find(connection, line, reach + 2 * (picked - got), looks - 1)
                  : Future.succeededFuture(found);
            });
  }

  private static int count(List<Row> rows, String column) {
    return (int) rows.stream().filter(row -> row.getUUID(column) != null).count();
  }

  private static String queues(SearchLine line) {
    var types = line.filter().types();
    return types.isEmpty() ? null : new JsonArray(types).encode();
  }
}
