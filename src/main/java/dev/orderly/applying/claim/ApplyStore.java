package dev.orderly.applying.claim;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.OrderState;
import dev.orderly.lifecycle.OrderDependencies;
import dev.orderly.types.Diff;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * What a try reads and writes of its order, inside the caller's transaction. Every write is guarded
 * by the claim's fence.
 */
public final class ApplyStore {
  private static final String ITEMS =
      """
      select id, type, key, position, input, result, fence from work_items
      where order_id = $1 and state = 'accepted' order by id
      """;

  private static final String ORDER =
      """
      select id, tenant, type, type_version, payload, meta, priority, created_at, diff
      from work_orders where id = $1 and apply_fence = $2 and state = $3
      """;

  private static final String LOCK = " for no key update";

  private static final String COMPLETE_ITEMS =
      """
      update work_items set state = 'completed', completed_at = now(), updated_at = now()
      where order_id = $1 and state = 'accepted'
      """;

  private static final String COMPLETE =
      """
      update work_orders set state = 'completed', diff = $3::text::jsonb, error = null,
        items_accepted = items_accepted - $4, items_completed = items_completed + $4,
        applied_at = now(), completed_at = now(), last_transitioned_at = now(), updated_at = now(),
        apply_owner = null, apply_lease_expires_at = null, apply_next_at = null
      where id = $1 and apply_fence = $2 and state = 'approved'
      """;

  // The claim goes on: the first try of what follows the change belongs to it.
  private static final String APPLY =
      """
      update work_orders set state = 'applied', diff = $3::text::jsonb, error = null,
        items_accepted = items_accepted - $4, items_completed = items_completed + $4,
        applied_at = now(), last_transitioned_at = now(), updated_at = now(), apply_attempts = 1
      where id = $1 and apply_fence = $2 and state = 'approved'
      """;

  // Never due until it is confirmed.
  private static final String APPLY_HELD =
      """
      update work_orders set state = 'applied', diff = $3::text::jsonb, error = null,
        items_accepted = items_accepted - $4, items_completed = items_completed + $4,
        applied_at = now(), last_transitioned_at = now(), updated_at = now(), apply_attempts = 0,
        held_for_review = true, apply_owner = null, apply_lease_expires_at = null,
        apply_next_at = 'infinity'
      where id = $1 and apply_fence = $2 and state = 'approved'
      """;

  private static final String COMPLETE_APPLIED =
      """
      update work_orders set state = 'completed', completed_at = now(), last_transitioned_at = now(),
        updated_at = now(), apply_owner = null, apply_lease_expires_at = null, apply_next_at = null
      where id = $1 and apply_fence = $2 and state = 'applied'
      """;

  private ApplyStore() {}

  /**
   * Reads the order and locks it until the transaction ends, its items first as everywhere.
   *
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public static Approved lock(SqlConnection connection, Claim claim) {
    return read(connection, claim, LOCK);
  }

  /** As {@link #lock}, without the locks. */
  public static Approved load(SqlConnection connection, Claim claim) {
    return read(connection, claim, "");
  }

  private static Approved read(SqlConnection connection, Claim claim, String lock) {
    if (claim.itemId() != null) {
      return ItemStore.read(connection, claim, lock);
    }
    var items = items(connection, claim, lock);
    if (claim.reverts() == null) {
      return Approved.of(order(connection, claim, lock), items);
    }
    // The older order first: orders are locked in the order of their ids.
    var original = Originals.read(connection, claim.reverts(), lock);
    var approved = Approved.of(order(connection, claim, lock), items);
    return approved.undoing(original.undone(approved));
  }

  /** The order after its change was made, with its diff; its items are completed by then. */
  public static Applied loadApplied(SqlConnection connection, Claim claim) {
    var row = order(connection, claim, "");
    var items =
        connection
            .preparedQuery(ITEMS.replace("'accepted'", "'completed'"))
            .execute(Tuple.of(claim.orderId()))
            .await();
    return new Applied(Approved.of(row, items), Diff.of(row.getJsonObject("diff")));
  }

  /** An order whose change was made. */
  public record Applied(Approved approved, Diff diff) {}

  private static RowSet<Row> items(SqlConnection connection, Claim claim, String lock) {
    return connection.preparedQuery(ITEMS + lock).execute(Tuple.of(claim.orderId())).await();
  }

  private static Row order(SqlConnection connection, Claim claim, String lock) {
    var rows =
        connection
            .preparedQuery(ORDER + lock)
            .execute(Tuple.of(claim.orderId(), claim.fence(), claim.state().wire()))
            .await();
    if (rows.size() == 0) {
      throw new ClaimLost(claim);
    }
    return rows.iterator().next();
  }

  /**
   * The change was made. Unless something follows it the order is completed: approved, applied,
   * completed in one.
   */
  public static void complete(SqlConnection connection, Claim claim, Approved approved, Diff diff) {
    if (claim.itemId() != null || claim.followed()) {
      apply(connection, claim, approved, diff);
      return;
    }
    write(connection, COMPLETE, claim, approved, diff);
    var events = applied(claim, approved, diff);
    events.add(ApplyEvents.step(claim, OrderState.APPLIED, OrderState.COMPLETED));
    AuditLog.append(connection, events).await();
    Originals.reverted(connection, claim, diff);
    OrderDependencies.completed(connection, claim.orderId()).await();
  }

  /** The change was made; the order completes when what follows is done, an item at once. */
  private static void apply(SqlConnection connection, Claim claim, Approved approved, Diff diff) {
    if (claim.itemId() != null) {
      ItemStore.complete(connection, claim, approved, diff);
      return;
    }
    write(connection, APPLY, claim, approved, diff);
    AuditLog.append(connection, applied(claim, approved, diff)).await();
    Originals.reverted(connection, claim, diff);
  }

  /**
   * The change was made and is not the one that was approved: nothing follows it until somebody has
   * confirmed it.
   *
   * @param held the event that says so
   */
  public static void hold(
      SqlConnection connection, Claim claim, Approved approved, Diff diff, Event held) {
    write(connection, APPLY_HELD, claim, approved, diff);
    var events = applied(claim, approved, diff);
    events.add(held);
    AuditLog.append(connection, events).await();
    Originals.reverted(connection, claim, diff);
  }

  /**
   * What follows the change is over.
   *
   * @param before events to record before the order's own
   */
  public static void completeApplied(SqlConnection connection, Claim claim, List<Event> before) {
    var written =
        connection
            .preparedQuery(COMPLETE_APPLIED)
            .execute(Tuple.of(claim.orderId(), claim.fence()))
            .await();
    if (written.rowCount() == 0) {
      throw new ClaimLost(claim);
    }
    var events = new ArrayList<>(before);
    events.add(ApplyEvents.step(claim, OrderState.APPLIED, OrderState.COMPLETED));
    AuditLog.append(connection, events).await();
    OrderDependencies.completed(connection, claim.orderId()).await();
  }

  private static void write(
      SqlConnection connection, String sql, Claim claim, Approved approved, Diff diff) {
    int items = approved.items().size();
    var completed =
        connection.preparedQuery(COMPLETE_ITEMS).execute(Tuple.of(claim.orderId())).await();
    if (completed.rowCount() != items) {
      throw new IllegalStateException("accepted items changed under their locks");
    }
    var written =
        connection
            .preparedQuery(sql)
            .execute(Tuple.of(claim.orderId(), claim.fence(), diff.toJson().encode(), items))
            .await();
    if (written.rowCount() == 0) {
      throw new ClaimLost(claim);
    }
  }

  private static List<Event> applied(Claim claim, Approved approved, Diff diff) {
    var events = new ArrayList<Event>();
    events.add(
        ApplyEvents.step(claim, OrderState.APPROVED, OrderState.APPLIED)
            .diff(diff.toJson())
            .message(diff.summary()));
    approved.items().forEach(item -> events.add(ApplyEvents.completed(claim, item)));
    return events;
  }
}
