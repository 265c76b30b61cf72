package dev.orderly.leasing.holding;

import dev.orderly.domain.ItemState;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.LeaseStatus;
import dev.orderly.leasing.LeaseMessages.LeaseStatuses;
import dev.orderly.leasing.LeaseTokens;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Says whether leases are current, as the database has them and by its clock. */
public final class ShowLeases {
  private static final String FIND =
      """
      select %s, lease_expires_at,
        (extract(epoch from lease_expires_at - clock_timestamp()) * 1000)::bigint as left_millis
      from work_items_now where tenant = $1 and id = any($2)
      """
          .formatted(HeldItem.COLUMNS);

  private final Pool pool;
  private final LeaseTokens tokens;

  public ShowLeases(Pool pool, LeaseTokens tokens) {
    this.pool = pool;
    this.tokens = tokens;
  }

  public Future<LeaseStatuses> find(LeaseMessages.ShowLeases wanted) {
    var shown = wanted.tokens().stream().map(token -> tokens.read(token).orElse(null)).toList();
    var ids = shown.stream().filter(c -> c != null).map(c -> c.itemId()).toArray(UUID[]::new);
    if (ids.length == 0) {
      return Future.succeededFuture(statuses(shown, Map.of()));
    }
    return pool.preparedQuery(FIND)
        .execute(Tuple.tuple().addString(wanted.tenant()).addArrayOfUUID(ids))
        .map(
            rows -> {
              var found = new HashMap<UUID, Row>();
              rows.forEach(row -> found.put(row.getUUID("id"), row));
              return statuses(shown, found);
            });
  }

  private static LeaseStatuses statuses(List<LeaseTokens.Content> shown, Map<UUID, Row> found) {
    var statuses = new ArrayList<LeaseStatus>();
    for (var content : shown) {
      var row = content == null ? null : found.get(content.itemId());
      statuses.add(row == null ? null : status(content, row));
    }
    return new LeaseStatuses(statuses);
  }

  private static LeaseStatus status(LeaseTokens.Content content, Row row) {
    var item = HeldItem.of(row);
    var reason = reason(content, item);
    boolean current = reason == null;
    return new LeaseStatus(
        item.id(),
        item.orderId(),
        content.fence(),
        item.agentId(),
        current ? row.getOffsetDateTime("lease_expires_at").toInstant() : null,
        current ? row.getLong("left_millis") : 0,
        item.leaseTtlSeconds(),
        item.heartbeatEverySeconds(),
        reason);
  }

  /** Null if the lease is current. */
  private static String reason(LeaseTokens.Content content, HeldItem item) {
    if (content.fence() != item.fence()) {
      return LeaseStatus.SUPERSEDED;
    }
    if (item.tookBack() || item.lapsed()) {
      return LeaseStatus.EXPIRED;
    }
    if (item.state().held()) {
      return null;
    }
    return item.state() == ItemState.CANCELLED ? LeaseStatus.CANCELLED : LeaseStatus.ENDED;
  }
}
