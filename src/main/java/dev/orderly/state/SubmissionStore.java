package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Sha256;
import dev.orderly.leasing.HeldItem;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.storage.Pipeline;
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
import java.util.function.Function;

/** Writes results, the ends of their leases and what follows for the orders. */
final class SubmissionStore {
  // An item that is not as it was seen keeps its lease and its place in the answer stays empty.
  private static final String TAKE =
      """
      update work_items i set state = 'submitted', result = x.result::jsonb, evidence = x.evidence::jsonb,
        notes = x.notes, submitted_by_agent_id = i.leased_by_agent_id, submitted_at = clock_timestamp(),
        error = null, leased_by_agent_id = null, leased_at = null, lease_expires_at = null, updated_at = now()
      from unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[])
        as x(id, fence, state, heartbeats, result, evidence, notes)
      where i.id = x.id and i.fence = x.fence and i.state = x.state and i.heartbeats = x.heartbeats
        and i.lease_expires_at > clock_timestamp()
      returning i.id, i.submitted_at
      """;

  private SubmissionStore() {}

  /**
   * Writes the results of those items that still are as they were seen: under the same lease, in
   * the same state, with as many heartbeats. Rows are locked in the order of their ids.
   *
   * @return when each result was taken, by item; an item that is not there was left alone
   */
  static Future<Map<UUID, Instant>> take(
      SqlConnection connection, List<Submit> submits, Map<UUID, HeldItem> seen) {
    // Ids are of version 7: Java and PostgreSQL agree on their order.
    var sorted = submits.stream().sorted(Comparator.comparing(Submit::itemId)).toList();
    var items = sorted.stream().map(submit -> seen.get(submit.itemId())).toList();
    return connection
        .preparedQuery(TAKE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(items.stream().map(HeldItem::id).toArray(UUID[]::new))
                .addArrayOfLong(items.stream().map(HeldItem::fence).toArray(Long[]::new))
                .addArrayOfString(strings(items, item -> item.state().wire()))
                .addArrayOfInteger(items.stream().map(HeldItem::heartbeats).toArray(Integer[]::new))
                .addArrayOfString(strings(sorted, submit -> submit.result().encode()))
                .addArrayOfString(
                    strings(sorted, s -> s.evidence() == null ? null : s.evidence().encode()))
                .addArrayOfString(strings(sorted, Submit::notes)))
        .map(
            rows -> {
              var times = new HashMap<UUID, Instant>();
              for (Row row : rows) {
                times.put(row.getUUID("id"), row.getOffsetDateTime("submitted_at").toInstant());
              }
              return times;
            });
  }

  private static <T> String[] strings(List<T> list, Function<T, String> text) {
    return list.stream().map(text).toArray(String[]::new);
  }

  /**
   * Writes what follows for the trail and the orders.
   *
   * @param submits those whose results were taken
   * @param items as they were before
   * @param times when each result was taken
   */
  static List<Submission> record(
      SqlConnection connection,
      List<Submit> submits,
      Map<UUID, HeldItem> items,
      Map<UUID, Instant> times) {
    if (submits.isEmpty()) {
      return List.of();
    }
    var moves = new ArrayList<ItemMove>();
    for (var submit : submits) {
      var item = items.get(submit.itemId());
      if (item.state() == ItemState.LEASED) {
        moves.add(move(item, ItemState.LEASED, ItemState.IN_PROGRESS));
      }
      moves.add(move(item, ItemState.IN_PROGRESS, ItemState.SUBMITTED));
    }
    var recorded = AuditLog.append(connection, itemEvents(submits, items));
    // Orders last, and for as short as can be: every other batch that touches one of them waits.
    var orders = Pipeline.both(recorded, OrderProgress.record(connection, moves)).await();
    AuditLog.append(connection, OrderEvents.of(orders, causes(submits, items))).await();
    return submits.stream()
        .map(
            submit -> {
              var item = items.get(submit.itemId());
              return new Submission(
                  submit, item, times.get(item.id()), orders.get(item.orderId()).state());
            })
        .toList();
  }

  private static ItemMove move(HeldItem item, ItemState from, ItemState to) {
    return new ItemMove(item.orderId(), item.id(), from, to);
  }

  private static List<Event> itemEvents(List<Submit> submits, Map<UUID, HeldItem> items) {
    var events = new ArrayList<Event>();
    for (var submit : submits) {
      var item = items.get(submit.itemId());
      var caller = submit.caller();
      if (item.state() == ItemState.LEASED) {
        events.add(
            Event.of(
                    item.tenant(), item.orderId(), item.id(), EventType.IN_PROGRESS, caller.agent())
                .payload(new JsonObject().put("fence", item.fence()))
                .moved(ItemState.LEASED, ItemState.IN_PROGRESS)
                .request(caller.requestId()));
      }
      var payload = item.leaseSummary().put("result_sha256", Sha256.hex(submit.result().encode()));
      if (submit.evidence() != null) {
        payload.put("evidence", submit.evidence());
      }
      if (submit.notes() != null) {
        payload.put("notes", submit.notes());
      }
      events.add(
          Event.of(item.tenant(), item.orderId(), item.id(), EventType.SUBMITTED, caller.agent())
              .payload(payload)
              .moved(ItemState.IN_PROGRESS, ItemState.SUBMITTED)
              .request(caller.requestId()));
    }
    return events;
  }

  private static List<Cause> causes(List<Submit> submits, Map<UUID, HeldItem> items) {
    return submits.stream()
        .map(submit -> Cause.agent(items.get(submit.itemId()).orderId(), submit.caller()))
        .toList();
  }
}
