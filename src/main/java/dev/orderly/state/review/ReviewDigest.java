package dev.orderly.state.review;

import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/**
 * Names what a reviewer looks at: SHA-256, in hexadecimal digits, over which submission of each
 * item is in force and what became of it. The payload of an order, and the result of a submission,
 * never change, so their ids stand for them: an item's id and fence name one submission. Whoever
 * works on an item that is not handed in yet changes no digest. A new round of review changes it
 * always.
 */
public final class ReviewDigest {
  // What is applied was accepted before: making the change does not alter what was reviewed.
  private static final String LINE =
      """
      i.id::text || case
        when i.state = 'submitted' then ' submitted ' || i.fence
        when i.state in ('accepted', 'completed') then ' accepted ' || i.fence
        when i.state = 'rejected' then ' rejected ' || i.fence
        when i.state in ('failed', 'dead_lettered') then ' failed'
        when i.state = 'cancelled' then ' cancelled'
        else ' open' end
      """;

  private static final String OF_ORDER =
      """
      select encode(sha256(convert_to($1::uuid::text || ' round '
        || (select review_round from work_orders where id = $1)
        || coalesce(string_agg(E'\\n' || %s, '' order by i.position), ''), 'UTF8')), 'hex') as digest
      from work_items i where i.order_id = $1
      """
          .formatted(LINE);

  private static final String OF_ITEM =
      """
      select encode(sha256(convert_to(%s || ' round '
        || (select review_round from work_orders where id = i.order_id), 'UTF8')), 'hex') as digest
      from work_items i where i.id = $1
      """
          .formatted(LINE);

  private ReviewDigest() {}

  /** Of an order that exists. */
  public static String ofOrder(SqlClient client, UUID order) {
    return read(client, OF_ORDER, order);
  }

  /** Of an item that exists. */
  public static String ofItem(SqlClient client, UUID item) {
    return read(client, OF_ITEM, item);
  }

  private static String read(SqlClient client, String sql, UUID id) {
    return client
        .preparedQuery(sql)
        .execute(Tuple.of(id))
        .await()
        .iterator()
        .next()
        .getString("digest");
  }
}
