package dev.orderly.leasing.holding;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.heartbeats.LeaseId;
import dev.orderly.leasing.heartbeats.Tally;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.storage.Tx;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Extends leases in the database. The first heartbeat of a lease is its item's transition to
 * in_progress.
 */
public final class ExtendLeases {
  /** What is done with a lease, as a refusal says it. */
  static final String ACTION = "extend the lease of";

  private static final String EXTEND =
      """
      update work_items i set state = 'in_progress', last_heartbeat_at = clock_timestamp(),
        heartbeats = heartbeats + x.beats,
        lease_expires_at = clock_timestamp() + make_interval(secs => lease_ttl_seconds)
      from unnest($1::uuid[], $2::int[]) as x(id, beats)
      where i.id = x.id
      returning i.id, i.lease_expires_at
      """;

  private final Tx tx;
  private final LeaseGuard guard;

  public ExtendLeases(Tx tx, LeaseGuard guard) {
    this.tx = tx;
    this.guard = guard;
  }

  /** No two heartbeats of a batch are for the same item. */
  Future<List<Future<Extended>>> run(List<Heartbeat> heartbeats) {
    return run(heartbeats, Map.of());
  }

  /**
   * @param heard what was heard of these leases since their rows were last written
   */
  Future<List<Future<Extended>>> run(List<Heartbeat> heartbeats, Map<LeaseId, Tally> heard) {
    return tx.async(
        connection ->
            HeldItem.lock(connection, heartbeats.stream().map(Heartbeat::itemId).toList())
                .compose(items -> extend(connection, heartbeats, items, heard)));
  }

  private Future<List<Future<Extended>>> extend(
      SqlConnection connection,
      List<Heartbeat> heartbeats,
      Map<UUID, HeldItem> items,
      Map<LeaseId, Tally> heard) {
    var replies = new HashMap<UUID, Future<Extended>>();
    var accepted = new ArrayList<Heartbeat>();
    for (var heartbeat : heartbeats) {
      var item = items.get(heartbeat.itemId());
      var refusal =
          guard.check(ACTION, heartbeat.itemId(), item, heartbeat.caller(), heartbeat.proof());
      if (refusal == null) {
        accepted.add(heartbeat);
      } else {
        replies.put(heartbeat.itemId(), Future.failedFuture(refusal));
      }
    }
    return write(connection, accepted, items, heard)
        .map(
            expiries -> {
              expiries.forEach(
                  (id, expiresAt) ->
                      replies.put(
                          id,
                          Future.succeededFuture(
                              new Extended(
                                  id,
                                  ItemState.IN_PROGRESS,
                                  expiresAt,
                                  items.get(id).heartbeatEverySeconds()))));
              return heartbeats.stream().map(h -> replies.get(h.itemId())).toList();
            });
  }

  private static Future<Map<UUID, Instant>> write(
      SqlConnection connection,
      List<Heartbeat> accepted,
      Map<UUID, HeldItem> items,
      Map<LeaseId, Tally> heard) {
    if (accepted.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var ids = accepted.stream().map(Heartbeat::itemId).toArray(UUID[]::new);
    var beats =
        accepted.stream()
            .map(h -> heard.get(items.get(h.itemId()).leaseId()))
            .map(tally -> tally == null ? 1 : 1 + tally.beats())
            .toArray(Integer[]::new);
    var first =
        accepted.stream().filter(h -> items.get(h.itemId()).state() == ItemState.LEASED).toList();
    return connection
        .preparedQuery(EXTEND)
        .execute(Tuple.tuple().addArrayOfUUID(ids).addArrayOfInteger(beats))
        .compose(
            rows -> {
              var expiries = new HashMap<UUID, Instant>();
              for (Row row : rows) {
                expiries.put(
                    row.getUUID("id"), row.getOffsetDateTime("lease_expires_at").toInstant());
              }
              return begin(connection, first, items).map(expiries);
            });
  }

  private static Future<Void> begin(
      SqlConnection connection, List<Heartbeat> first, Map<UUID, HeldItem> items) {
    if (first.isEmpty()) {
      return Future.succeededFuture();
    }
    var moves =
        first.stream()
            .map(
                h ->
                    new ItemMove(
                        items.get(h.itemId()).orderId(),
                        h.itemId(),
                        ItemState.LEASED,
                        ItemState.IN_PROGRESS))
            .toList();
    return OrderProgress.record(connection, moves)
        .compose(
            orders -> {
              var events = new ArrayList<Event>();
              for (var heartbeat : first) {
                var caller = heartbeat.caller();
                var item = items.get(heartbeat.itemId());
                events.add(
                    Event.of(
                            caller.tenant(),
                            item.orderId(),
                            item.id(),
                            EventType.IN_PROGRESS,
                            caller.agent())
                        .payload(new JsonObject().put("fence", item.fence()))
                        .moved(ItemState.LEASED, ItemState.IN_PROGRESS)
                        .request(caller.requestId()));
              }
              events.addAll(
                  OrderEvents.of(
                      orders,
                      first.stream()
                          .map(h -> Cause.agent(items.get(h.itemId()).orderId(), h.caller()))
                          .toList()));
              return AuditLog.append(connection, events);
            });
  }
}
