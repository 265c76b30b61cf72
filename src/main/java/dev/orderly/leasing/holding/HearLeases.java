package dev.orderly.leasing.holding;

import dev.orderly.domain.ItemState;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.heartbeats.Beat;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.heartbeats.LeaseId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Answers heartbeats, writing to the database only if it must: as long as a lease's expiry there is
 * far away, the database is merely read, and the heartbeat is counted elsewhere. The answer is
 * always the expiry that stands in the database, so nothing is promised that a loss elsewhere could
 * break.
 */
public final class HearLeases {
  private static final String READ =
      "select %s, lease_expires_at, clock_timestamp() as read_at from work_items_now where id = any($1)"
          .formatted(HeldItem.COLUMNS);

  private final Pool pool;
  private final LeaseGuard guard;
  private final Heartbeats heartbeats;
  private final ExtendLeases extend;

  public HearLeases(Pool pool, LeaseGuard guard, Heartbeats heartbeats, ExtendLeases extend) {
    this.pool = pool;
    this.guard = guard;
    this.heartbeats = heartbeats;
    this.extend = extend;
  }

  /** An item as it stood at a moment, by the database's clock. */
  private record Seen(HeldItem item, Instant expiresAt, Instant at) {
    Duration left() {
      return Duration.between(at, expiresAt);
    }

    /**
     * Whether the lease can do without an extension: half of its time is left, and enough for two
     * more heartbeats, for the next may get lost and the one after it must be in time, be it late
     * by half an interval.
     */
    boolean lasts() {
      long millis = Math.max(500L * item.leaseTtlSeconds(), 2_500L * item.heartbeatEverySeconds());
      return item.state() == ItemState.IN_PROGRESS
          && left().compareTo(Duration.ofMillis(millis)) >= 0;
    }

    /** Kept for as long as an extension can make the lease last. */
    Beat beat() {
      return new Beat(item.leaseId(), at, left().plusSeconds(item.leaseTtlSeconds()));
    }

    Extended extended() {
      return new Extended(item.id(), item.state(), expiresAt, item.heartbeatEverySeconds());
    }
  }

  /** No two heartbeats of a batch are for the same item. */
  public Future<List<Future<Extended>>> run(List<Heartbeat> batch) {
    if (!heartbeats.usable()) {
      heartbeats.passedBy(batch.size());
      return extend.run(batch);
    }
    return pool.preparedQuery(READ)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(batch.stream().map(Heartbeat::itemId).toArray(UUID[]::new)))
        .compose(
            rows -> {
              var seen = new HashMap<UUID, Seen>();
              rows.forEach(row -> seen.put(row.getUUID("id"), seen(row)));
              return answer(batch, seen);
            });
  }

  private static Seen seen(Row row) {
    var expiresAt = row.getOffsetDateTime("lease_expires_at");
    return new Seen(
        HeldItem.of(row),
        expiresAt == null ? null : expiresAt.toInstant(),
        row.getOffsetDateTime("read_at").toInstant());
  }

  private Future<List<Future<Extended>>> answer(List<Heartbeat> batch, Map<UUID, Seen> seen) {
    var replies = new HashMap<UUID, Future<Extended>>();
    var lasting = new ArrayList<Heartbeat>();
    var due = new ArrayList<Heartbeat>();
    for (var heartbeat : batch) {
      var id = heartbeat.itemId();
      var found = seen.get(id);
      var refusal =
          guard.check(
              ExtendLeases.ACTION,
              id,
              found == null ? null : found.item(),
              heartbeat.caller(),
              heartbeat.proof());
      if (refusal != null) {
        replies.put(id, Future.failedFuture(refusal));
      } else if (found.lasts()) {
        lasting.add(heartbeat);
        replies.put(id, Future.succeededFuture(found.extended()));
      } else {
        due.add(heartbeat);
      }
    }
    var beats = lasting.stream().map(h -> seen.get(h.itemId()).beat()).toList();
    return heartbeats
        .record(beats)
        .compose(
            taken -> {
              if (!taken) {
                due.addAll(lasting);
              }
              return write(due, seen);
            })
        .map(
            written -> {
              replies.putAll(written);
              return batch.stream().map(h -> replies.get(h.itemId())).toList();
            });
  }

  private Future<Map<UUID, Future<Extended>>> write(List<Heartbeat> due, Map<UUID, Seen> seen) {
    if (due.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var leases = new ArrayList<LeaseId>();
    due.forEach(h -> leases.add(seen.get(h.itemId()).item().leaseId()));
    return heartbeats
        .take(leases)
        .compose(heard -> extend.run(due, heard))
        .map(
            answers -> {
              var replies = new HashMap<UUID, Future<Extended>>();
              for (int i = 0; i < due.size(); i++) {
                replies.put(due.get(i).itemId(), answers.get(i));
              }
              return replies;
            });
  }
}
