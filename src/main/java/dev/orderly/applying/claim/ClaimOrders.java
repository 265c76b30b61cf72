package dev.orderly.applying.claim;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import dev.orderly.storage.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Takes orders and items whose apply is due, and keeps them while a try runs. */
public final class ClaimOrders {
  // An order whose items are applied one by one follows the last of them.
  // The rows are locked in a CTE of its own: in a plain subquery the planner may run the limit
  // more than once and lock more than it returns.
  private static final String CLAIM =
      """
      with due as materialized (
        select id from work_orders
        where state in ('approved', 'applied') and apply_next_at <= clock_timestamp()
          and (apply_owner is null or apply_lease_expires_at <= clock_timestamp())
          and not (apply_per_item and state = 'approved' and items_accepted > 0)
        order by apply_next_at, id limit $1 for no key update skip locked)
      update work_orders o set apply_owner = $2,
        apply_lease_expires_at = clock_timestamp() + make_interval(secs => $3),
        apply_fence = apply_fence + 1, apply_attempts = apply_attempts + 1, updated_at = now()
      from due where o.id = due.id
      returning o.id, o.tenant, o.state, o.type, o.type_version, o.apply_fence, o.apply_attempts,
        o.apply_max_attempts, o.apply_per_item
      """;

  // The try itself may hold the row's lock, for as long as its transaction runs; then nobody else
  // can take the order and there is nothing to extend.
  private static final String EXTEND =
      """
      update work_orders set
        apply_lease_expires_at = clock_timestamp() + make_interval(secs => $3)
      where id = (
        select id from work_orders where id = $1 and apply_fence = $2 and apply_owner is not null
        for no key update skip locked)
      """;

  private final Pool pool;
  private final Tx tx;
  private final String nodeId;
  private final double leaseSeconds;
  private boolean itemsFirst;

  /**
   * @param nodeId who claims
   * @param lease how long a claim lives unless it is extended
   */
  public ClaimOrders(Pool pool, String nodeId, Duration lease) {
    this.pool = pool;
    this.tx = new Tx(pool);
    this.nodeId = nodeId;
    this.leaseSeconds = lease.toMillis() / 1000.0;
  }

  /**
   * Claims up to {@code max} orders and items, the longest due of each first; each try that begins
   * is recorded. Orders and items come first by turns, so that neither starves the other.
   */
  public List<Claim> take(int max) {
    itemsFirst = !itemsFirst;
    boolean items = itemsFirst;
    return tx.run(
        connection -> {
          var claims = new ArrayList<>(take(connection, items, max));
          if (claims.size() < max) {
            claims.addAll(take(connection, !items, max - claims.size()));
          }
          AuditLog.append(connection, started(claims)).await();
          return claims;
        });
  }

  private List<Claim> take(SqlConnection connection, boolean items, int max) {
    var claims = new ArrayList<Claim>();
    var tuple = Tuple.of(max, nodeId, leaseSeconds);
    var sql = items ? ItemStore.CLAIM : CLAIM;
    for (Row row : connection.preparedQuery(sql).execute(tuple).await()) {
      claims.add(items ? ItemStore.claim(row) : claim(row));
    }
    return claims;
  }

  /** Puts off the end of a claim, unless another has followed it. */
  public Future<Void> extend(Claim claim) {
    return pool.preparedQuery(claim.itemId() == null ? EXTEND : ItemStore.EXTEND)
        .execute(Tuple.of(claim.key(), claim.fence(), leaseSeconds))
        .mapEmpty();
  }

  private static Claim claim(Row row) {
    return new Claim(
        row.getUUID("id"),
        null,
        row.getString("tenant"),
        OrderState.of(row.getString("state")),
        row.getString("type"),
        row.getString("type_version"),
        row.getLong("apply_fence"),
        row.getInteger("apply_attempts"),
        row.getInteger("apply_max_attempts"),
        row.getBoolean("apply_per_item"),
        false);
  }

  private List<Event> started(List<Claim> claims) {
    return claims.stream().filter(claim -> !claim.isExhausted()).map(this::started).toList();
  }

  private Event started(Claim claim) {
    return ApplyEvents.of(claim, EventType.APPLY_STARTED)
        .payload(
            new JsonObject()
                .put("attempt", claim.attempt())
                .put("fence", claim.fence())
                .put("node", nodeId));
  }
}
