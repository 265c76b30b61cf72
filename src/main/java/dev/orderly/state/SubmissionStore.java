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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Writes results, the ends of their leases and what follows for the orders. */
final class SubmissionStore {
  private static final String SUBMIT =
      """
      update work_items i set state = 'submitted', result = x.result::jsonb, evidence = x.evidence::jsonb,
        notes = x.notes, submitted_by_agent_id = i.leased_by_agent_id, submitted_at = clock_timestamp(),
        error = null, leased_by_agent_id = null, leased_at = null, lease_expires_at = null, updated_at = now()
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as x(id, result, evidence, notes)
      where i.id = x.id and i.leased_by_agent_id is not null
      returning i.id, i.submitted_at
      """;

  private SubmissionStore() {}

  /** Each submit's item is locked and held by the submit's caller. */
  static List<Submission> write(
      SqlConnection connection, List<Submit> submits, Map<UUID, HeldItem> items) {
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
    var updated = update(connection, submits);
    var recorded = AuditLog.append(connection, itemEvents(submits, items));
    // Orders last, and for as short as can be: every other batch that touches one of them waits.
    var orders =
        Pipeline.both(updated, Pipeline.both(recorded, OrderProgress.record(connection, moves)))
            .await();
    var times = updated.await();
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

  private static Future<Map<UUID, Instant>> update(SqlConnection connection, List<Submit> submits) {
    return connection
        .preparedQuery(SUBMIT)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(submits.stream().map(Submit::itemId).toArray(UUID[]::new))
                .addArrayOfString(
                    submits.stream().map(s -> s.result().encode()).toArray(String[]::new))
                .addArrayOfString(
                    submits.stream()
                        .map(s -> s.evidence() == null ? null : s.evidence().encode())
                        .toArray(String[]::new))
                .addArrayOfString(submits.stream().map(Submit::notes).toArray(String[]::new)))
        .map(
            rows -> {
              if (rows.rowCount() != submits.size()) {
                throw new IllegalStateException("a locked lease did not take its result");
              }
              var times = new HashMap<UUID, Instant>();
              for (Row row : rows) {
                times.put(row.getUUID("id"), row.getOffsetDateTime("submitted_at").toInstant());
              }
              return times;
            });
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
