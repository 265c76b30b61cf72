package dev.orderly.applying.claim;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Transitions;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.types.Diff;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.UUID;

/** The orders whose changes others undo, inside the caller's transaction. */
public final class Originals {
  private static final String ORDER =
      """
      select id, tenant, type, type_version, payload, meta, priority, created_at, diff
      from work_orders where id = $1 and diff is not null
      """;

  private static final String ITEMS =
      """
      select id, type, key, position, input, result, fence from work_items
      where order_id = $1 and state = 'completed'
      """;

  private static final String LOCK =
      "select state from work_orders where id = $1 for no key update";

  private static final String REVERTED =
      """
      update work_orders set reverted_by_order_id = $2, state = 'completed',
        completed_at = coalesce(completed_at, now()), held_for_review = false,
        last_transitioned_at = case when state = 'completed' then last_transitioned_at else now() end,
        apply_owner = null, apply_lease_expires_at = null, apply_next_at = null, updated_at = now()
      where id = $1 and state in ('applied', 'completed') and reverted_by_order_id is null
      """;

  private final Approved order;
  private final Diff diff;

  private Originals(Approved order, Diff diff) {
    this.order = order;
    this.diff = diff;
  }

  /**
   * @param lock a locking clause, or empty
   * @throws ApplyFailed if the order has no change any more
   */
  public static Originals read(SqlConnection connection, UUID id, String lock) {
    var rows = connection.preparedQuery(ORDER + lock).execute(Tuple.of(id)).await().iterator();
    if (!rows.hasNext()) {
      throw ApplyFailed.forGood("There is no change of order %s to undo".formatted(id));
    }
    Row row = rows.next();
    var items = connection.preparedQuery(ITEMS).execute(Tuple.of(id)).await();
    return new Originals(Approved.of(row, items), Diff.of(row.getJsonObject("diff")));
  }

  /**
   * @param by the order that undoes this one; its only item says why
   */
  public Approved.Undone undone(Approved by) {
    var items = by.items();
    var reason = items.isEmpty() ? null : items.getFirst().input().getString("reason");
    return new Approved.Undone(order, diff, reason);
  }

  /** Marks the order whose change this claim's order has undone, if it is there to undo one. */
  static void reverted(SqlConnection connection, Claim claim, Diff diff) {
    var original = claim.reverts();
    if (original == null) {
      return;
    }
    var row = connection.preparedQuery(LOCK).execute(Tuple.of(original)).await().iterator().next();
    var state = OrderState.of(row.getString("state"));
    var written =
        connection.preparedQuery(REVERTED).execute(Tuple.of(original, claim.orderId())).await();
    if (written.rowCount() != 1) {
      throw new IllegalStateException(
          "order %s cannot be reverted by %s".formatted(original, claim.orderId()));
    }
    var events = new ArrayList<Event>();
    events.add(
        Event.of(claim.tenant(), original, null, EventType.REVERTED, ApplyEvents.ACTOR)
            .payload(new JsonObject().put("revert_order_id", claim.orderId().toString()))
            .diff(diff.toJson())
            .message(diff.summary()));
    if (state != OrderState.COMPLETED) {
      Transitions.ORDER.require(state, OrderState.COMPLETED);
      events.add(
          Event.of(
                  claim.tenant(),
                  original,
                  null,
                  OrderEvents.type(OrderState.COMPLETED),
                  ApplyEvents.ACTOR)
              .moved(state, OrderState.COMPLETED));
    }
    // Whatever waits for an order that was held goes on waiting: what it was to build on is undone.
    AuditLog.append(connection, events).await();
  }
}
