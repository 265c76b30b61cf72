package dev.orderly.state.review;

import dev.orderly.domain.ItemState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Approvals where the policy asks for several. Each is for one submission, which an item's id and
 * fence name: approving an order approves each submission of it that waits, and one that is handed
 * in anew has no approvals yet, as nothing has if its order goes into another round. To be called
 * under the items' locks where they are written.
 */
public final class Votes {
  private static final String CAST =
      """
      insert into review_votes
        (item_id, fence, round, reviewer_type, reviewer_id, tenant, order_id, agent_id, digest, notes)
      select i, f, (select review_round from work_orders where id = $6), $3, $4, $5, $6, $7, $8, $9
      from unnest($1::uuid[], $2::bigint[]) as x(i, f)
      on conflict do nothing
      """;

  private static final String ENOUGH =
      """
      select i.id from work_items i
      where i.order_id = $1 and i.state = 'submitted' and ($3::uuid is null or i.id = $3)
        and (select count(*) from review_votes v where v.item_id = i.id and v.fence = i.fence
          and v.round = (select review_round from work_orders where id = $1)) >= $2
      """;

  private static final String OF_ORDER =
      """
      select v.reviewer_type as type, v.reviewer_id as id, max(v.created_at) as at
      from work_items i join review_votes v on v.item_id = i.id and v.fence = i.fence
      where i.order_id = $1 and i.state = any($2)
        and v.round = (select review_round from work_orders where id = $1)
      group by v.reviewer_type, v.reviewer_id
      having count(*) = (select count(*) from work_items where order_id = $1 and state = any($2))
      order by max(v.created_at), v.reviewer_id
      """;

  private static final String OF_ITEM =
      """
      select v.reviewer_type as type, v.reviewer_id as id, v.created_at as at
      from work_items i join review_votes v on v.item_id = i.id and v.fence = i.fence
      where i.id = $1 and v.round = (select review_round from work_orders where id = i.order_id)
      order by v.created_at, v.reviewer_id
      """;

  private static final List<ItemState> DECIDED = List.of(ItemState.ACCEPTED, ItemState.COMPLETED);

  private Votes() {}

  /** A submission that an approval is for. */
  record Subject(UUID itemId, long fence) {}

  /**
   * Adds a reviewer's approvals of those submissions that it has not approved yet.
   *
   * @return how many there were
   */
  static int cast(
      SqlConnection connection,
      UUID order,
      Collection<Subject> subjects,
      Reviewer reviewer,
      String digest,
      String notes) {
    var caller = reviewer.caller();
    return connection
        .preparedQuery(CAST)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(subjects.stream().map(Subject::itemId).toArray(UUID[]::new))
                .addArrayOfLong(subjects.stream().map(Subject::fence).toArray(Long[]::new))
                .addString(caller.actor().kind().wire())
                .addString(caller.actor().id())
                .addString(caller.tenant())
                .addUUID(order)
                .addString(caller.agentId())
                .addString(digest)
                .addString(notes))
        .await()
        .rowCount();
  }

  /**
   * Which submitted items of an order have enough approvals.
   *
   * @param item the only one that is looked at; null for all
   */
  static Set<UUID> enough(SqlConnection connection, UUID order, int required, UUID item) {
    var enough = new HashSet<UUID>();
    connection
        .preparedQuery(ENOUGH)
        .execute(Tuple.of(order, (long) required, item))
        .await()
        .forEach(row -> enough.add(row.getUUID("id")));
    return enough;
  }

  /**
   * Who approved everything that waits for a decision or, if nothing does, everything that was
   * accepted: {@code {required, given, by: [{type, id, at}]}}.
   *
   * @param waiting whether any item of the order is submitted
   */
  public static JsonObject ofOrder(SqlClient client, UUID order, int required, boolean waiting) {
    var states = waiting ? List.of(ItemState.SUBMITTED) : DECIDED;
    return json(
        required,
        client
            .preparedQuery(OF_ORDER)
            .execute(
                Tuple.of(order)
                    .addArrayOfString(states.stream().map(ItemState::wire).toArray(String[]::new)))
            .await());
  }

  /** Who approved an item's submission that is in force; see {@link #ofOrder}. */
  public static JsonObject ofItem(SqlClient client, UUID item, int required) {
    return json(required, client.preparedQuery(OF_ITEM).execute(Tuple.of(item)).await());
  }

  private static JsonObject json(int required, Iterable<Row> rows) {
    var by = new ArrayList<JsonObject>();
    for (Row row : rows) {
      by.add(
          new JsonObject()
              .put("type", row.getString("type"))
              .put("id", row.getString("id"))
              .put("at", row.getOffsetDateTime("at").toInstant().toString()));
    }
    return new JsonObject()
        .put("required", required)
        .put("given", by.size())
        .put("by", new JsonArray(by));
  }
}
