package dev.orderly.lifecycle;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * The items whose own change is to be made, of orders that are applied item by item. Each call is
 * part of the caller's transaction, which has locked the items.
 */
public final class ItemApplies {
  private static final String DECLARE =
      "update work_orders set apply_per_item = true where id = $1";

  private static final String ACCEPTED =
      """
      insert into item_applies (item_id, order_id, tenant, type, type_version, max_attempts, next_at)
      select i, o.id, o.tenant, o.type, o.type_version, o.apply_max_attempts, clock_timestamp()
      from work_orders o, unnest($2::uuid[]) i where o.id = $1 and o.apply_per_item
      on conflict (item_id) do update set attempts = 0, next_at = excluded.next_at
      """;

  private static final String FAILED =
      """
      select a.item_id from item_applies a join work_items i on i.id = a.item_id
      where a.order_id = $1 and a.next_at is null and i.state = 'failed' and i.accepted_at is not null
      """;

  private static final String STOP =
      "delete from item_applies where order_id = $1 and (attempts = 0 or next_at is null)";

  private static final String LEFT =
      "select item_id from item_applies where order_id = $1 order by item_id limit 1";

  // The row stays, for its fence: if the item is accepted again, it rises on.
  private static final String WITHDRAW =
      "update item_applies set next_at = null where item_id = any($1) and attempts = 0";

  private static final String NOT_WITHDRAWN =
      """
      select item_id from item_applies where item_id = any($1) and next_at is not null
      order by item_id limit 1
      """;

  private static final String FORGET = "delete from item_applies where order_id = $1";

  private ItemApplies() {}

  /** A new order's items are to be applied one by one. */
  public static Future<?> declare(SqlConnection connection, UUID orderId) {
    return connection.preparedQuery(DECLARE).execute(Tuple.of(orderId));
  }

  /**
   * Items were accepted: their changes are due, if the order is applied item by item; else nothing
   * happens. To be called wherever items become accepted; then publish {@link OrderHints#APPROVED}.
   */
  public static void accepted(SqlConnection connection, UUID orderId, Collection<UUID> itemIds) {
    if (!itemIds.isEmpty()) {
      connection
          .preparedQuery(ACCEPTED)
          .execute(Tuple.of(orderId).addArrayOfUUID(itemIds.toArray(UUID[]::new)))
          .await();
    }
  }

  /** The failed items of an order whose results were accepted and whose change failed for good. */
  public static Set<UUID> failed(SqlConnection connection, UUID orderId) {
    var ids = new HashSet<UUID>();
    for (Row row : connection.preparedQuery(FAILED).execute(Tuple.of(orderId)).await()) {
      ids.add(row.getUUID("item_id"));
    }
    return ids;
  }

  /**
   * The order ends before its changes are made: no change of an item begins any more.
   *
   * @throws Rejected {@code state_conflict} if one was begun already
   */
  public static void stop(SqlConnection connection, UUID orderId) {
    connection.preparedQuery(STOP).execute(Tuple.of(orderId)).await();
    requireNone(connection.preparedQuery(LEFT).execute(Tuple.of(orderId)).await());
  }

  /**
   * The items are not accepted any more: their changes do not begin. Fails with {@code
   * state_conflict} if one was begun already.
   */
  static Future<Void> withdraw(SqlConnection connection, UUID[] itemIds) {
    var ids = Tuple.tuple().addArrayOfUUID(itemIds);
    return connection
        .preparedQuery(WITHDRAW)
        .execute(ids)
        .compose(done -> connection.preparedQuery(NOT_WITHDRAWN).execute(ids))
        .map(
            left -> {
              requireNone(left);
              return null;
            });
  }

  private static void requireNone(RowSet<Row> begun) {
    for (Row row : begun) {
      throw new Rejected(
              ErrorCode.STATE_CONFLICT,
              "Item %s is being applied and cannot be taken back any more"
                  .formatted(row.getUUID("item_id")))
          .next("GET the item to see what becomes of it");
    }
  }

  /** The order ended with whatever was left of it. */
  public static void forget(SqlConnection connection, UUID orderId) {
    connection.preparedQuery(FORGET).execute(Tuple.of(orderId)).await();
  }
}
