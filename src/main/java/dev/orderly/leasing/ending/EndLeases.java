package dev.orderly.leasing.ending;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Writes the ends of leases, whatever ended them, inside the caller's transaction. */
final class EndLeases {
  private static final String END =
      """
      update work_items i set state = x.state, attempts = x.attempts, releases = x.releases,
        available_at = clock_timestamp() + make_interval(secs => x.rest),
        error = coalesce(x.error::jsonb, i.error), leased_by_agent_id = null, leased_at = null,
        lease_expires_at = null, updated_at = now()
      from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::int[], $6::text[])
        as x(id, state, attempts, releases, rest, error)
      where i.id = x.id and i.leased_by_agent_id is not null
      returning i.id, i.available_at
      """;

  private static final String HOLD = "update work_items set held = true where id = any($1)";

  private EndLeases() {}

  /** Each item's row is locked, and no item is named twice. */
  static Future<List<Ended>> write(SqlConnection connection, List<LeaseEnd> ends) {
    if (ends.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return connection
        .preparedQuery(END)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(ends.stream().map(e -> e.item().id()).toArray(UUID[]::new))
                .addArrayOfString(ends.stream().map(e -> e.state().wire()).toArray(String[]::new))
                .addArrayOfInteger(ends.stream().map(LeaseEnd::attempts).toArray(Integer[]::new))
                .addArrayOfInteger(ends.stream().map(LeaseEnd::releases).toArray(Integer[]::new))
                .addArrayOfInteger(ends.stream().map(LeaseEnd::restSeconds).toArray(Integer[]::new))
                .addArrayOfString(
                    ends.stream()
                        .map(e -> e.error() == null ? null : e.error().encode())
                        .toArray(String[]::new)))
        .compose(
            rows -> {
              if (rows.rowCount() != ends.size()) {
                return Future.failedFuture(
                    new IllegalStateException("a locked lease was not ended"));
              }
              var available = new HashMap<UUID, Instant>();
              for (Row row : rows) {
                available.put(row.getUUID("id"), row.getOffsetDateTime("available_at").toInstant());
              }
              return progress(connection, ends)
                  .map(orders -> ends.stream().map(e -> ended(e, orders, available)).toList());
            });
  }

  private static Future<Map<UUID, OrderMove>> progress(
      SqlConnection connection, List<LeaseEnd> ends) {
    var moves =
        ends.stream()
            .map(e -> new ItemMove(e.item().orderId(), e.item().id(), e.item().state(), e.state()))
            .toList();
    return OrderProgress.record(connection, moves)
        .compose(
            orders ->
                hold(connection, ends, orders)
                    .compose(done -> AuditLog.append(connection, events(ends, orders)))
                    .map(orders));
  }

  /** What returns to a queue of a closed order is not to be given out. */
  private static Future<?> hold(
      SqlConnection connection, List<LeaseEnd> ends, Map<UUID, OrderMove> orders) {
    var held =
        ends.stream()
            .filter(e -> e.state() == ItemState.QUEUED)
            .filter(e -> !orders.get(e.item().orderId()).state().open())
            .map(e -> e.item().id())
            .toArray(UUID[]::new);
    return held.length == 0
        ? Future.succeededFuture()
        : connection.preparedQuery(HOLD).execute(Tuple.tuple().addArrayOfUUID(held));
  }

  private static List<Event> events(List<LeaseEnd> ends, Map<UUID, OrderMove> orders) {
    var events = new ArrayList<Event>();
    for (var end : ends) {
      var item = end.item();
      events.add(
          Event.of(item.tenant(), item.orderId(), item.id(), end.event(), end.actor())
              .payload(end.payload().put("rest_seconds", end.restSeconds()))
              .moved(item.state(), end.state())
              .request(end.requestId()));
      if (end.state() == ItemState.FAILED) {
        events.add(
            Event.of(item.tenant(), item.orderId(), item.id(), EventType.FAILED, end.actor())
                .payload(new JsonObject().put("error", end.error()))
                .request(end.requestId()));
      }
    }
    events.addAll(OrderEvents.of(orders, causes(ends)));
    return events;
  }

  /** What failed an item is what failed its order, whatever else ended beside it. */
  private static List<Cause> causes(List<LeaseEnd> ends) {
    return ends.stream()
        .sorted(Comparator.comparing((LeaseEnd end) -> end.state() != ItemState.FAILED))
        .map(end -> new Cause(end.item().orderId(), end.actor(), end.requestId()))
        .toList();
  }

  private static Ended ended(
      LeaseEnd end, Map<UUID, OrderMove> orders, Map<UUID, Instant> available) {
    return new Ended(
        end.item().id(),
        end.item().tenant(),
        end.item().orderId(),
        end.item().type(),
        end.state(),
        orders.get(end.item().orderId()).state(),
        end.attempts(),
        end.item().maxAttempts(),
        end.state() == ItemState.QUEUED ? available.get(end.item().id()) : null,
        end.restSeconds(),
        false,
        Freed.of(end.item()));
  }
}
