package dev.orderly.state.submit;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.TokenHolder;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Writes results, the ends of their leases and what follows for the orders. */
public final class SubmissionStore {
  // An item that is not as it was seen keeps its lease and its place in the answer stays empty.
  // Nobody holds an item by its own row while its lease is in a bundle.
  private static final String TAKE =
      """
      update work_items i set state = 'submitted', result = x.result::jsonb, evidence = x.evidence::jsonb,
        notes = x.notes, fence = x.fence, submitted_by_agent_id = x.agent, submitted_at = clock_timestamp(),
        receipt_key = x.key, receipt_body = x.body, receipt_fence = case when x.key is not null then x.fence end,
        receipt_attempts = case when x.key is not null then i.attempts end,
        receipt_xid = case when x.key is not null then pg_current_xact_id() end, error = null,
        leased_by_agent_id = null, leased_at = null, lease_expires_at = null,
        heartbeats = case when x.bundled then 0 else i.heartbeats end,
        last_heartbeat_at = case when x.bundled then null else i.last_heartbeat_at end, updated_at = now()
      from (select unnest($1::uuid[]) as id, unnest($2::text[]) as agent, unnest($3::bigint[]) as fence,
        unnest($4::text[]) as state, unnest($5::int[]) as heartbeats, unnest($6::text[]) as result,
        unnest($7::text[]) as evidence, unnest($8::text[]) as notes, unnest($9::bytea[]) as key,
        unnest($10::bytea[]) as body, unnest($12::bool[]) as bundled) x
      where i.id = x.id and (i.submitted_at is null or $11)
        and case when x.bundled then i.fence = x.fence - 1 and i.state = 'queued' and not i.held
          else i.fence = x.fence and i.leased_by_agent_id = x.agent and i.state = x.state
            and i.heartbeats = x.heartbeats and i.lease_expires_at > clock_timestamp() end
      returning i.id, i.submitted_at
      """;

  private SubmissionStore() {}

  /**
   * Writes the results of those items that still are as they were seen: under the same lease, in
   * the same state, with as many heartbeats. Rows are locked in the order of their ids.
   *
   * @param submits those whose leases are in bundles have been taken out of them
   * @param again whether to take results of items that were submitted before, which have no
   *     receipts any more
   * @return when each result was taken, by item; an item that is not there was left alone
   */
  static Future<Map<UUID, Instant>> take(
      SqlConnection connection, List<CheckedSubmit> submits, boolean again) {
    if (submits.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    // Ids are of version 7: Java and PostgreSQL agree on their order.
    var sorted = submits.stream().sorted(Comparator.comparing(CheckedSubmit::itemId)).toList();
    return connection
        .preparedQuery(TAKE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(sorted.stream().map(CheckedSubmit::itemId).toArray(UUID[]::new))
                .addArrayOfString(strings(sorted, c -> c.item().agentId()))
                .addArrayOfLong(sorted.stream().map(c -> c.item().fence()).toArray(Long[]::new))
                .addArrayOfString(strings(sorted, c -> c.item().state().wire()))
                .addArrayOfInteger(
                    sorted.stream().map(c -> c.item().heartbeats()).toArray(Integer[]::new))
                .addArrayOfString(strings(sorted, CheckedSubmit::result))
                .addArrayOfString(
                    strings(
                        sorted,
                        c -> c.submit().evidence() == null ? null : c.submit().evidence().encode()))
                .addArrayOfString(strings(sorted, c -> c.submit().notes()))
                .addArrayOfBuffer(digests(sorted, IdempotencyKey::digest))
                .addArrayOfBuffer(digests(sorted, IdempotencyKey::bodyDigest))
                .addBoolean(again)
                .addArrayOfBoolean(
                    sorted.stream().map(c -> c.item().bundle() != null).toArray(Boolean[]::new)))
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

  private static Buffer[] digests(
      List<CheckedSubmit> submits, Function<IdempotencyKey, Buffer> digest) {
    return submits.stream()
        .map(Receipts::key)
        .map(key -> key == null ? null : digest.apply(key))
        .toArray(Buffer[]::new);
  }

  /**
   * Writes what follows for the trail and the orders' states.
   *
   * @param taken those whose results were taken; not empty
   * @return where their orders stand now
   */
  static Future<Map<UUID, OrderMove>> record(SqlConnection connection, List<CheckedSubmit> taken) {
    // One object for each: events that share theirs are seen to be alike at a glance.
    var holders = new HashMap<Actor, JsonObject>();
    var events =
        taken.stream()
            .map(one -> event(one, holders.computeIfAbsent(actor(one), TokenHolder::json)))
            .toList();
    var recorded = AuditLog.append(connection, events);
    var moves = taken.stream().map(SubmissionStore::move).toList();
    // Orders last, and for as short as can be: every other batch that touches one of them waits.
    return Pipeline.both(recorded, OrderProgress.record(connection, moves));
  }

  /** What the trail is to say of the orders themselves. */
  static List<Event> orderEvents(List<CheckedSubmit> taken, Map<UUID, OrderMove> orders) {
    return OrderEvents.of(
        orders,
        taken.stream().map(c -> Cause.agent(c.item().orderId(), c.submit().caller())).toList());
  }

  private static ItemMove move(CheckedSubmit taken) {
    var item = taken.item();
    return new ItemMove(item.orderId(), item.id(), item.state(), ItemState.SUBMITTED);
  }

  private static Actor actor(CheckedSubmit taken) {
    return taken.submit().caller().actor();
  }

  private static Event event(CheckedSubmit taken, JsonObject holder) {
    var item = taken.item();
    var submit = taken.submit();
    var payload = item.leaseSummary().put("result_sha256", taken.resultSha256());
    payload.put("holder", holder);
    if (submit.evidence() != null) {
      payload.put("evidence", submit.evidence());
    }
    if (submit.notes() != null) {
      payload.put("notes", submit.notes());
    }
    if (taken.account() != null) {
      payload.mergeIn(taken.account());
    }
    var caller = submit.caller();
    return Event.of(item.tenant(), item.orderId(), item.id(), EventType.SUBMITTED, caller.agent())
        .payload(payload)
        .moved(item.state(), ItemState.SUBMITTED)
        .request(caller.requestId());
  }
}
