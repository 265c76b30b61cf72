package dev.orderly.state.submit;

import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.idempotency.IdempotencyStore.Kept;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/**
 * The idempotency keys of results that were taken whole, which stand in the items' rows. They count
 * for orders that went on being worked on, or that the result's own transaction submitted, which
 * the trail knows; an answer that tells of another state is kept as every other is, and that one is
 * the answer.
 */
final class Receipts {
  private static final String READ =
      """
      select i.id, i.order_id, i.type, i.max_attempts, i.submitted_by_agent_id, i.submitted_at, i.receipt_key,
        i.receipt_body, i.receipt_fence, i.receipt_attempts,
        exists (
          select from event_groups o
          where o.order_id = i.order_id and o.event = 'submitted' and o.item_id is null
            and o.xid = i.receipt_xid) as submitted_its_order
      from work_items i where i.id = any($1) and i.receipt_key is not null
      """;

  private static final String FIND =
      READ + " and i.submitted_at > now() - make_interval(hours => $2)";

  private static final String CLEAR =
      """
      update work_items set receipt_key = null, receipt_body = null, receipt_fence = null, receipt_attempts = null,
        receipt_xid = null
      where id = any($1)
      """;

  private final IdempotencyStore idempotency;

  Receipts(IdempotencyStore idempotency) {
    this.idempotency = idempotency;
  }

  /** The key that goes into the item's row; null if there is none or it is kept elsewhere. */
  static IdempotencyKey key(CheckedSubmit checked) {
    return checked.account() == null ? checked.submit().idempotency() : null;
  }

  /** Whether what stands in the item's row and in the trail is enough to give the answer again. */
  static boolean suffice(CheckedSubmit taken, OrderMove order) {
    return key(taken) != null
        && (order.state() == OrderState.IN_PROGRESS
            || (order.state() == OrderState.SUBMITTED
                && order.steps().contains(OrderState.SUBMITTED)));
  }

  /**
   * @return for each request that was answered before that answer, or the rejection if it was for
   *     another body
   */
  Future<Map<Submit, Future<Answer>>> find(SqlClient client, Collection<Submit> submits) {
    var keyed = submits.stream().filter(submit -> submit.idempotency() != null).toList();
    if (keyed.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return client
        .preparedQuery(FIND)
        .execute(
            Tuple.of(
                keyed.stream().map(Submit::itemId).toArray(UUID[]::new), idempotency.keepHours()))
        .map(
            rows -> {
              var byItem = new HashMap<UUID, Row>();
              rows.forEach(row -> byItem.put(row.getUUID("id"), row));
              var found = new IdentityHashMap<Submit, Future<Answer>>();
              for (var submit : keyed) {
                var row = byItem.get(submit.itemId());
                var key = submit.idempotency();
                if (row != null && row.getBuffer("receipt_key").equals(key.digest())) {
                  found.put(submit, earlier(key, row));
                }
              }
              return found;
            });
  }

  private static Future<Answer> earlier(IdempotencyKey key, Row row) {
    try {
      key.requireSameBody(row.getBuffer("receipt_body"));
    } catch (Rejected mismatch) {
      return Future.failedFuture(mismatch);
    }
    var answer = answer(row);
    return Future.succeededFuture(new Answer(answer.status(), answer.body(), true));
  }

  private static Answer answer(Row row) {
    return Submission.answer(
        row.getUUID("id"),
        row.getUUID("order_id"),
        row.getString("type"),
        row.getInteger("receipt_attempts"),
        row.getInteger("max_attempts"),
        row.getLong("receipt_fence"),
        row.getString("submitted_by_agent_id"),
        row.getOffsetDateTime("submitted_at").toInstant(),
        row.getBoolean("submitted_its_order") ? OrderState.SUBMITTED : OrderState.IN_PROGRESS);
  }

  /**
   * Makes room for the receipts of newer results, in the transaction that has locked the items'
   * rows. Fails with {@link Rejected} if one of those has the key of an older one.
   *
   * @param newer of items that were submitted before; not empty
   */
  Future<Void> clear(SqlConnection connection, List<CheckedSubmit> newer) {
    var ids = newer.stream().map(CheckedSubmit::itemId).toArray(UUID[]::new);
    var keys = newer.stream().map(Receipts::key).filter(Objects::nonNull).toList();
    return connection
        .preparedQuery(READ)
        .execute(Tuple.tuple().addArrayOfUUID(ids))
        .compose(
            rows -> {
              var kept = new ArrayList<Kept>();
              rows.forEach(row -> kept.add(kept(row)));
              return Pipeline.both(
                  connection.preparedQuery(CLEAR).execute(Tuple.tuple().addArrayOfUUID(ids)),
                  idempotency.adopt(connection, kept, keys));
            });
  }

  private static Kept kept(Row row) {
    return new Kept(
        row.getBuffer("receipt_key"),
        row.getBuffer("receipt_body"),
        answer(row),
        row.getOffsetDateTime("submitted_at"));
  }
}
