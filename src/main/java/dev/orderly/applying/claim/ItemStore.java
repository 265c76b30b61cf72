package dev.orderly.applying.claim;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.types.Diff;
import dev.orderly.types.ItemView;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a try at one item's change reads and writes. Its order is locked only at the end: others are
 * still at work on it.
 */
final class ItemStore {
  // Rows of items that were cancelled meanwhile are nobody's to take.
  static final String CLAIM =
      """
      with due as materialized (
        select a.item_id from item_applies a join work_items i on i.id = a.item_id
        where a.next_at <= clock_timestamp() and i.state = 'accepted'
          and (a.owner is null or a.lease_expires_at <= clock_timestamp())
        order by a.next_at, a.item_id limit $1 for no key update of a skip locked)
      update item_applies a set owner = $2,
        lease_expires_at = clock_timestamp() + make_interval(secs => $3), fence = fence + 1,
        attempts = attempts + 1
      from due where a.item_id = due.item_id
      returning a.item_id, a.order_id, a.tenant, a.type, a.type_version, a.fence, a.attempts,
        a.max_attempts
      """;

  static final String EXTEND =
      """
      update item_applies set lease_expires_at = clock_timestamp() + make_interval(secs => $3)
      where item_id = (
        select item_id from item_applies where item_id = $1 and fence = $2 and owner is not null
        for no key update skip locked)
      """;

  private static final String ITEM =
      """
      select id, type, key, position, input, result, fence from work_items
      where id = $1 and state = 'accepted'
      """;

  private static final String HELD = "select 1 from item_applies where item_id = $1 and fence = $2";

  private static final String ORDER =
      """
      select id, tenant, type, type_version, payload, meta, priority, created_at
      from work_orders where id = $1
      """;

  private static final String COMPLETE =
      """
      update work_items set state = 'completed', diff = $2::text::jsonb, error = null,
        applied_at = now(), completed_at = now(), updated_at = now()
      where id = $1 and state = 'accepted'
      """;

  private static final String DONE = "delete from item_applies where item_id = $1 and fence = $2";

  private static final String RETRY =
      """
      update item_applies set owner = null, lease_expires_at = null,
        next_at = clock_timestamp() + make_interval(secs => $3)
      where item_id = $1 and fence = $2 returning next_at
      """;

  private static final String LOCK_ITEM =
      "select 1 from work_items where id = $1 and state = 'accepted' for no key update";

  private static final String GIVE_UP =
      """
      update item_applies set owner = null, lease_expires_at = null, next_at = null
      where item_id = $1 and fence = $2
      """;

  private static final String FAIL =
      """
      update work_items set state = 'failed', error = $2::text::jsonb, updated_at = now()
      where id = $1 and state = 'accepted'
      """;

  // Only now, and with its row locked already: whether nothing of it was applied shows by its
  // counts.
  private static final String FAIL_ORDER =
      """
      update work_orders set state = 'failed', error = $2::text::jsonb, apply_owner = null,
        apply_lease_expires_at = null, apply_next_at = null, last_transitioned_at = now(),
        updated_at = now()
      where id = $1 and state = 'approved'
        and (on_item_failure = 'fail' or items_accepted + items_completed = 0)
      """;

  private ItemStore() {}

  static Claim claim(Row row) {
    return new Claim(
        row.getUUID("order_id"),
        row.getUUID("item_id"),
        row.getString("tenant"),
        OrderState.APPROVED,
        row.getString("type"),
        row.getString("type_version"),
        row.getLong("fence"),
        row.getInteger("attempts"),
        row.getInteger("max_attempts"),
        false,
        false);
  }

  static Approved read(SqlConnection connection, Claim claim, String lock) {
    var items = connection.preparedQuery(ITEM + lock).execute(Tuple.of(claim.itemId())).await();
    var held =
        connection
            .preparedQuery(HELD + lock)
            .execute(Tuple.of(claim.itemId(), claim.fence()))
            .await();
    if (items.size() == 0 || held.size() == 0) {
      throw new ClaimLost(claim);
    }
    var row = items.iterator().next();
    var item =
        new ItemView(
            row.getUUID("id"),
            row.getString("type"),
            row.getString("key"),
            row.getJsonObject("input"),
            row.getJsonObject("result"));
    var order = connection.preparedQuery(ORDER).execute(Tuple.of(claim.orderId())).await();
    return new Approved(
        ApplyStore.view(order.iterator().next()),
        List.of(item),
        Map.of(item.id(), row.getLong("fence")),
        true);
  }

  /** The item's change was made, and with it the item is completed. */
  static void complete(SqlConnection connection, Claim claim, Approved approved, Diff diff) {
    require(
        claim,
        connection
            .preparedQuery(COMPLETE)
            .execute(Tuple.of(claim.itemId(), diff.toJson().encode()))
            .await()
            .rowCount());
    require(
        claim,
        connection
            .preparedQuery(DONE)
            .execute(Tuple.of(claim.itemId(), claim.fence()))
            .await()
            .rowCount());
    var events = new ArrayList<Event>();
    events.add(
        ApplyEvents.of(claim, EventType.APPLIED).diff(diff.toJson()).message(diff.summary()));
    events.add(ApplyEvents.completed(claim, approved.items().getFirst()));
    events.addAll(move(connection, claim, ItemState.COMPLETED));
    AuditLog.append(connection, events).await();
  }

  /** When the next try may begin. */
  static Instant retry(SqlConnection connection, Claim claim, double seconds) {
    var rows =
        connection
            .preparedQuery(RETRY)
            .execute(Tuple.of(claim.itemId(), claim.fence(), seconds))
            .await();
    require(claim, rows.size());
    return rows.iterator().next().getOffsetDateTime("next_at").toInstant();
  }

  /**
   * The item's change cannot be made: the item has failed, and its order with it unless its type
   * lets others go on.
   *
   * @param event what to record before
   * @return true if an approved order failed
   */
  static boolean fail(SqlConnection connection, Claim claim, JsonObject error, Event event) {
    var item = connection.preparedQuery(LOCK_ITEM).execute(Tuple.of(claim.itemId())).await();
    require(claim, item.size());
    require(
        claim,
        connection
            .preparedQuery(GIVE_UP)
            .execute(Tuple.of(claim.itemId(), claim.fence()))
            .await()
            .rowCount());
    connection.preparedQuery(FAIL).execute(Tuple.of(claim.itemId(), error.encode())).await();
    var events = new ArrayList<Event>();
    events.add(event);
    events.add(
        ApplyEvents.of(claim, EventType.FAILED)
            .payload(new JsonObject().put("error", error))
            .moved(ItemState.ACCEPTED, ItemState.FAILED));
    events.addAll(move(connection, claim, ItemState.FAILED));
    var orderError =
        new JsonObject()
            .put("code", error.getString("code"))
            .put("message", "Item %s: %s".formatted(claim.itemId(), error.getString("message")));
    boolean failed =
        connection
                .preparedQuery(FAIL_ORDER)
                .execute(Tuple.of(claim.orderId(), orderError.encode()))
                .await()
                .rowCount()
            == 1;
    if (failed) {
      events.add(
          Event.of(claim.tenant(), claim.orderId(), null, EventType.FAILED, ApplyEvents.ACTOR)
              .payload(new JsonObject().put("error", orderError))
              .moved(OrderState.APPROVED, OrderState.FAILED));
    }
    AuditLog.append(connection, events).await();
    return failed;
  }

  private static List<Event> move(SqlConnection connection, Claim claim, ItemState to) {
    var move = new ItemMove(claim.orderId(), claim.itemId(), ItemState.ACCEPTED, to);
    var orders = OrderProgress.record(connection, List.of(move)).await();
    return OrderEvents.of(orders, List.of(new Cause(claim.orderId(), ApplyEvents.ACTOR, null)));
  }

  private static void require(Claim claim, int rows) {
    if (rows == 0) {
      throw new ClaimLost(claim);
    }
  }
}
