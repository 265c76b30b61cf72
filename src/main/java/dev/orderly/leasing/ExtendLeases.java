package dev.orderly.leasing;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
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

/** Extends leases. The first heartbeat of a lease is its item's transition to in_progress. */
final class ExtendLeases {
  private static final String EXTEND =
      """
      update work_items set state = 'in_progress', last_heartbeat_at = clock_timestamp(),
        heartbeats = heartbeats + 1,
        lease_expires_at = clock_timestamp() + make_interval(secs => lease_ttl_seconds)
      where id = any($1)
      returning id, lease_expires_at
      """;

  private final Tx tx;
  private final LeaseGuard guard;

  ExtendLeases(Tx tx, LeaseGuard guard) {
    this.tx = tx;
    this.guard = guard;
  }

  /** No two heartbeats of a batch are for the same item. */
  Future<List<Future<Extended>>> run(List<Heartbeat> heartbeats) {
    return tx.async(
        connection ->
            HeldItem.lock(connection, heartbeats.stream().map(Heartbeat::itemId).toList())
                .compose(items -> extend(connection, heartbeats, items)));
  }

  private Future<List<Future<Extended>>> extend(
      SqlConnection connection, List<Heartbeat> heartbeats, Map<UUID, HeldItem> items) {
    var replies = new HashMap<UUID, Future<Extended>>();
    var accepted = new ArrayList<Heartbeat>();
    for (var heartbeat : heartbeats) {
      var item = items.get(heartbeat.itemId());
      var refusal =
          guard.check(
              "extend the lease of",
              heartbeat.itemId(),
              item,
              heartbeat.caller(),
              heartbeat.proof());
      if (refusal == null) {
        accepted.add(heartbeat);
      } else {
        replies.put(heartbeat.itemId(), Future.failedFuture(refusal));
      }
    }
    return write(connection, accepted, items)
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
      SqlConnection connection, List<Heartbeat> accepted, Map<UUID, HeldItem> items) {
    if (accepted.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var ids = accepted.stream().map(Heartbeat::itemId).toArray(UUID[]::new);
    var first =
        accepted.stream().filter(h -> items.get(h.itemId()).state() == ItemState.LEASED).toList();
    return connection
        .preparedQuery(EXTEND)
        .execute(Tuple.tuple().addArrayOfUUID(ids))
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
