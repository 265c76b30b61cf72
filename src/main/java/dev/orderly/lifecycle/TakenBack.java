package dev.orderly.lifecycle;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.Transitions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The items that return to their queues because something they depend on, directly or not, is not
 * done any more: what they were made of changes. Who holds one loses the lease.
 *
 * @param moves of these items
 * @param withdrawn their leases, by order
 */
record TakenBack(List<ItemMove> moves, Map<UUID, List<Withdrawn>> withdrawn) {
  /** What the next holder is told. */
  static final String CODE = "dependency_taken_back";

  static final TakenBack NONE = new TakenBack(List.of(), Map.of());

  // What stays as it is, as it was applied by itself or failed, keeps what was made of it.
  private static final String FIND =
      """
      with recursive back(id) as (
        select d.item_id from item_dependencies d join work_items i on i.id = d.item_id
        where d.depends_on_item_id = any($1) and d.satisfied and i.state = any($3)
        union
        select d.item_id from back b join item_dependencies d on d.depends_on_item_id = b.id
          join work_items i on i.id = d.item_id
        where d.satisfied and i.state = any($3))
      select i.id, i.tenant, i.type, i.order_id, i.state, i.fence, i.leased_by_agent_id,
        i.limit_key is not null as limited, i.agent_counted
      from back b join work_items i on i.id = b.id
      where not (i.id = any($2)) and i.state = any($3) order by i.id for update of i
      """;

  // Held: it is not to be had before what it waits for is counted.
  private static final String TAKE_BACK =
      """
      update work_items set state = 'queued', held = true, available_at = now(), error = null,
        review_errors = case when leased_by_agent_id is null then $2 else coalesce(review_errors, '[]') || $2 end,
        attempts = case when leased_by_agent_id is null then 0 else attempts end,
        releases = case when leased_by_agent_id is null then 0 else releases end, accepted_at = null,
        leased_by_agent_id = null, leased_at = null, lease_expires_at = null, updated_at = now()
      where id = any($1)
      """;

  /**
   * Takes back what depends on items that were done and are no more; asks nothing if there are
   * none.
   *
   * @param moves of items whose rows this transaction has locked; so should be those of the others
   *     of their orders, and their queue, or it may have to be run again
   */
  static Future<TakenBack> after(SqlConnection connection, List<ItemMove> moves) {
    var undone =
        moves.stream().filter(ItemMove::isTakenBack).map(ItemMove::itemId).toArray(UUID[]::new);
    if (undone.length == 0) {
      return Future.succeededFuture(NONE);
    }
    return connection
        .preparedQuery(FIND)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(undone)
                .addArrayOfUUID(moves.stream().map(ItemMove::itemId).toArray(UUID[]::new))
                .addArrayOfString(begun()))
        .compose(
            rows -> {
              var found = new ArrayList<ItemMove>();
              var withdrawn = new HashMap<UUID, List<Withdrawn>>();
              for (Row row : rows) {
                var move = move(row);
                found.add(move);
                if (move.from().held()) {
                  withdrawn
                      .computeIfAbsent(move.orderId(), id -> new ArrayList<>())
                      .add(withdrawn(row));
                }
              }
              return write(connection, found).map(new TakenBack(found, withdrawn));
            });
  }

  private static Future<?> write(SqlConnection connection, List<ItemMove> moves) {
    return moves.isEmpty()
        ? Future.succeededFuture()
        : connection
            .preparedQuery(TAKE_BACK)
            .execute(
                Tuple.tuple()
                    .addArrayOfUUID(moves.stream().map(ItemMove::itemId).toArray(UUID[]::new))
                    .addValue(errors()));
  }

  /** The states from which an item returns to its queue; a failed one waits for a retry. */
  private static String[] begun() {
    return Arrays.stream(ItemState.values())
        .filter(state -> Transitions.ITEM.allows(state, ItemState.QUEUED))
        .filter(state -> state != ItemState.FAILED)
        .map(ItemState::wire)
        .toArray(String[]::new);
  }

  private static ItemMove move(Row row) {
    return new ItemMove(
        row.getUUID("order_id"),
        row.getUUID("id"),
        ItemState.of(row.getString("state")),
        ItemState.QUEUED);
  }

  private static Withdrawn withdrawn(Row row) {
    return new Withdrawn(
        row.getUUID("id"),
        row.getLong("fence"),
        row.getString("tenant"),
        row.getString("type"),
        row.getString("leased_by_agent_id"),
        row.getBoolean("limited"),
        row.getBoolean("agent_counted"));
  }

  private static JsonArray errors() {
    return new JsonArray()
        .add(
            new JsonObject()
                .put("code", CODE)
                .put(
                    "message",
                    "Something that this item depends on was taken back; see its dependencies")
                .put("pointer", ""));
  }
}
