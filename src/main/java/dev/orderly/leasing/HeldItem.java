package dev.orderly.leasing;

import dev.orderly.domain.ItemState;
import dev.orderly.leasing.heartbeats.LeaseId;
import dev.orderly.leasing.heartbeats.Tally;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.lifecycle.LeaseBundles;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * An item's row as a holder's call finds it, locked until the transaction ends.
 *
 * @param agentId who holds it, or null
 * @param lapsed true if there is a lease and its time is over, by the database's clock
 * @param tookBack true if the newest lease ended because its time was over
 * @param limited whether its lease counts among those of its type
 * @param agentCounted whether it counts among those of its agent
 * @param submittedBefore whether it ever had a result
 * @param bundle that its lease was part of when it was given or read; null if it stood in the
 *     item's row
 */
public record HeldItem(
    UUID id,
    String tenant,
    UUID orderId,
    String orderType,
    String typeVersion,
    String type,
    ItemState state,
    int attempts,
    int maxAttempts,
    int releases,
    long fence,
    String agentId,
    boolean lapsed,
    int leaseTtlSeconds,
    int heartbeatEverySeconds,
    int heartbeats,
    OffsetDateTime lastHeartbeatAt,
    boolean tookBack,
    boolean limited,
    boolean agentCounted,
    boolean submittedBefore,
    UUID bundle) {

  /** What {@link #of} reads. */
  public static final String COLUMNS =
      """
      id, tenant, order_id, order_type, type_version, type, state, attempts, max_attempts, releases, fence,
      leased_by_agent_id, coalesce(lease_expires_at <= clock_timestamp(), false) as lapsed,
      coalesce(lease_ttl_seconds, 0) as ttl, coalesce(heartbeat_every_seconds, 0) as every, heartbeats,
      last_heartbeat_at, coalesce(leased_by_agent_id is null and (error->>'fence')::bigint = fence
        and error->>'code' in ('lease_expired', 'max_attempts_exceeded'), false) as took_back,
      limit_key is not null as limited, agent_counted, submitted_at is not null as submitted_before
      """;

  // Of the ways to say that an item is held this one matches no index: it is to be found by its id,
  // whatever the planner thinks of the number of leases.
  private static final String LOCK =
      "select "
          + COLUMNS
          + " from work_items where id = any($1) and leased_by_agent_id is not null order by id for update";

  // Not locked: items that are not held may be locked for long, by an apply above all.
  private static final String LOOK = "select " + COLUMNS + " from work_items where id = any($1)";

  /**
   * Locks the rows of those items that are held, in the order of their ids, and looks at the others
   * without waiting for them. Ids that do not exist are absent. Leases that are in bundles are
   * written to the rows first.
   */
  public static Future<Map<UUID, HeldItem>> lock(SqlConnection connection, Collection<UUID> ids) {
    return LeaseBundles.ofItems(connection, ids)
        .compose(done -> read(connection, LOCK, ids))
        .compose(
            held -> {
              var others = ids.stream().filter(id -> !held.containsKey(id)).toList();
              return others.isEmpty()
                  ? Future.succeededFuture(held)
                  : read(connection, LOOK, others)
                      .map(
                          rest -> {
                            rest.forEach((id, item) -> held.put(id, item.notHeld()));
                            return held;
                          });
            });
  }

  private static Future<Map<UUID, HeldItem>> read(
      SqlConnection connection, String sql, Collection<UUID> ids) {
    return connection
        .preparedQuery(sql)
        .execute(Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
        .map(
            rows -> {
              var items = new HashMap<UUID, HeldItem>();
              rows.forEach(row -> items.put(row.getUUID("id"), of(row)));
              return items;
            });
  }

  /** What was leased only after we looked for held items is not the caller's lease. */
  private HeldItem notHeld() {
    return state.held()
        ? new HeldItem(
            id,
            tenant,
            orderId,
            orderType,
            typeVersion,
            type,
            ItemState.QUEUED,
            attempts,
            maxAttempts,
            releases,
            fence,
            null,
            false,
            0,
            0,
            0,
            null,
            false,
            limited,
            agentCounted,
            submittedBefore,
            null)
        : this;
  }

  public static HeldItem of(Row row) {
    return of(row, null);
  }

  /**
   * @param bundle that the lease is part of, or null
   */
  public static HeldItem of(Row row, UUID bundle) {
    return new HeldItem(
        row.getUUID("id"),
        row.getString("tenant"),
        row.getUUID("order_id"),
        row.getString("order_type"),
        row.getString("type_version"),
        row.getString("type"),
        ItemState.of(row.getString("state")),
        row.getInteger("attempts"),
        row.getInteger("max_attempts"),
        row.getInteger("releases"),
        row.getLong("fence"),
        row.getString("leased_by_agent_id"),
        row.getBoolean("lapsed"),
        row.getInteger("ttl"),
        row.getInteger("every"),
        row.getInteger("heartbeats"),
        row.getOffsetDateTime("last_heartbeat_at"),
        row.getBoolean("took_back"),
        row.getBoolean("limited"),
        row.getBoolean("agent_counted"),
        row.getBoolean("submitted_before"),
        bundle);
  }

  /**
   * An item as it stands in its row from the moment it is leased until something happens to it.
   *
   * @param item one that is {@linkplain LeasedItem#worthRemembering worth remembering}
   */
  static HeldItem leased(String tenant, LeasedItem item) {
    var lease = item.lease();
    var row = item.row();
    return new HeldItem(
        item.id(),
        tenant,
        item.orderId(),
        item.orderType(),
        item.typeVersion(),
        item.type(),
        ItemState.LEASED,
        item.attempt() - 1,
        item.maxAttempts(),
        row.releases(),
        lease.fence(),
        lease.agentId(),
        false,
        lease.ttlSeconds(),
        lease.heartbeatEverySeconds(),
        0,
        null,
        false,
        row.limited(),
        row.agentCounted(),
        row.submittedBefore(),
        row.bundle());
  }

  public LeaseId leaseId() {
    return new LeaseId(id, fence);
  }

  /**
   * @param heard what was heard of the lease since the row was last written, or null
   */
  public HeldItem with(Tally heard) {
    if (heard == null) {
      return this;
    }
    var last = heard.last().atOffset(ZoneOffset.UTC);
    boolean later = lastHeartbeatAt == null || last.isAfter(lastHeartbeatAt);
    return new HeldItem(
        id,
        tenant,
        orderId,
        orderType,
        typeVersion,
        type,
        state,
        attempts,
        maxAttempts,
        releases,
        fence,
        agentId,
        lapsed,
        leaseTtlSeconds,
        heartbeatEverySeconds,
        heartbeats + heard.beats(),
        later ? last : lastHeartbeatAt,
        tookBack,
        limited,
        agentCounted,
        submittedBefore,
        bundle);
  }

  /** What the lease was, for the audit event that ends it. */
  public JsonObject leaseSummary() {
    var summary = new JsonObject().put("agent_id", agentId).put("fence", fence);
    if (heartbeats > 0) {
      summary.put("heartbeats", heartbeats).put("last_heartbeat_at", lastHeartbeatAt.toString());
    }
    return summary;
  }
}
