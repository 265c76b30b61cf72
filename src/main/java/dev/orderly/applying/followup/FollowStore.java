package dev.orderly.applying.followup;

import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * Which steps of what follows a change are over, in the caller's transaction and under the claim's
 * fence.
 */
final class FollowStore {
  private static final String NEXT =
      "select coalesce(max(position) + 1, 0) as next from order_after_apply where order_id = $1";

  private static final String LOCK =
      """
      select id from work_orders where id = $1 and apply_fence = $2 and state = 'applied'
      for no key update
      """;

  private static final String MARK =
      """
      insert into order_after_apply (order_id, tenant, position, outcome) values ($1, $2, $3, $4)
      """;

  // The claim goes on: the first try of the next step belongs to it.
  private static final String GO_ON =
      "update work_orders set apply_attempts = 1, updated_at = now() where id = $1";

  private FollowStore() {}

  /** The step that comes next, from 0. */
  static int next(SqlConnection connection, Claim claim) {
    return connection
        .preparedQuery(NEXT)
        .execute(Tuple.of(claim.orderId()))
        .await()
        .iterator()
        .next()
        .getInteger("next");
  }

  /**
   * @throws ClaimLost if the claim does not hold the order any more
   */
  static void lock(SqlConnection connection, Claim claim) {
    var rows =
        connection.preparedQuery(LOCK).execute(Tuple.of(claim.orderId(), claim.fence())).await();
    if (rows.size() == 0) {
      throw new ClaimLost(claim);
    }
  }

  /**
   * A step of a locked order is over.
   *
   * @param last true if the order is completed with it
   */
  static void mark(
      SqlConnection connection,
      Claim claim,
      int position,
      boolean done,
      boolean last,
      List<Event> events) {
    connection
        .preparedQuery(MARK)
        .execute(Tuple.of(claim.orderId(), claim.tenant(), position, done ? "done" : "failed"))
        .await();
    if (last) {
      ApplyStore.completeApplied(connection, claim, events);
      return;
    }
    connection.preparedQuery(GO_ON).execute(Tuple.of(claim.orderId())).await();
    AuditLog.append(connection, events).await();
  }
}
