package dev.orderly.applying.preview;

import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Originals;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.ChangePreviews;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/**
 * An order under review.
 *
 * @param change what would be approved
 * @param reverts whether it undoes another order's change
 */
record Submitted(OrderState state, boolean reverts, Approved change) {
  private static final String ORDER =
      """
      select id, tenant, type, type_version, payload, meta, priority, created_at, state,
        reverts_order_id
      from work_orders where id = $1 and tenant = $2
      """;

  private static final String ITEMS =
      """
      select id, type, key, position, input, result, fence from work_items
      where order_id = $1 and state in ('submitted', 'accepted')
      """;

  /**
   * @throws Rejected {@code not_found}
   */
  static Submitted read(SqlConnection connection, String tenant, UUID id) {
    var rows = connection.preparedQuery(ORDER).execute(Tuple.of(id, tenant)).await().iterator();
    if (!rows.hasNext()) {
      throw Rejected.notFound("order", id);
    }
    Row order = rows.next();
    var items = connection.preparedQuery(ITEMS).execute(Tuple.of(id)).await();
    var change = Approved.of(order, items);
    var original = order.getUUID("reverts_order_id");
    if (original != null) {
      change = change.undoing(Originals.read(connection, original, "").undone(change));
    }
    return new Submitted(OrderState.of(order.getString("state")), original != null, change);
  }

  /** Names the submissions. */
  String basis() {
    return ChangePreviews.basis(change.fences());
  }
}
