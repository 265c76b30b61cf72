package dev.orderly.state.submit;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.ProvenanceLog;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.lifecycle.LeaseBundles;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Writes results with all that belongs to them, in the caller's transaction. */
final class WriteResults {
  private final TakeResults take;
  private final IdempotencyStore idempotency;

  WriteResults(LeaseGuard guard, IdempotencyStore idempotency) {
    this.take = new TakeResults(guard, new Receipts(idempotency));
    this.idempotency = idempotency;
  }

  /** An item is not as it was seen. */
  static final class Changed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Changed() {
      super("an item changed since it was seen", null, false, false);
    }
  }

  /**
   * Sends everything at once, as if nothing had happened to the items since they were seen. Fails
   * with {@link Changed} if something has; the transaction must then be rolled back.
   *
   * @param batch results of items that were not submitted before
   * @param refused receives those whose evidence changed
   */
  Future<List<Submission>> atOnce(
      SqlConnection connection, List<CheckedSubmit> batch, Map<Submit, Rejected> refused) {
    return SubmittedEvidence.hold(connection, batch, refused)
        .compose(
            held -> {
              if (held.isEmpty()) {
                return Future.succeededFuture(List.of());
              }
              var unbundled = BundledResults.takeOut(connection, held);
              var taken = SubmissionStore.take(connection, held, false);
              var recorded = SubmissionStore.record(connection, held);
              // All must have ended before the transaction does: what follows from the last is
              // sent after its reply.
              return Pipeline.both(Pipeline.both(unbundled, taken), recorded)
                  .transform(
                      orders -> {
                        if (taken.succeeded()
                            && (!unbundled.result() || taken.result().size() < held.size())) {
                          return Future.failedFuture(new Changed());
                        }
                        return orders.succeeded()
                            ? finish(connection, held, taken.result(), orders.result())
                            : Future.failedFuture(orders.cause());
                      });
            });
  }

  /**
   * Looks again at what changed since it was seen. No lease is left in a bundle before, so that
   * what was seen in one is looked at too.
   *
   * @param refused receives those whose items their callers do not hold any more, and those whose
   *     evidence changed
   */
  Future<List<Submission>> carefully(
      SqlConnection connection, List<CheckedSubmit> batch, Map<Submit, Rejected> refused) {
    var times = new HashMap<UUID, Instant>();
    return LeaseBundles.ofItems(connection, batch.stream().map(CheckedSubmit::itemId).toList())
        .compose(done -> SubmittedEvidence.hold(connection, batch, refused))
        .compose(held -> take.run(connection, held, times, refused))
        .compose(
            taken ->
                taken.isEmpty()
                    ? Future.succeededFuture(List.of())
                    : SubmissionStore.record(connection, taken)
                        .compose(orders -> finish(connection, taken, times, orders)));
  }

  /** What callers said of themselves, and the answers for those who ask again. */
  private Future<List<Submission>> finish(
      SqlConnection connection,
      List<CheckedSubmit> taken,
      Map<UUID, Instant> times,
      Map<UUID, OrderMove> orders) {
    var submissions = new ArrayList<Submission>();
    var answers = new HashMap<IdempotencyKey, Answer>();
    for (var one : taken) {
      var order = orders.get(one.item().orderId());
      var submission = Submission.of(one.submit(), one.item(), times.get(one.itemId()), order);
      submissions.add(submission);
      var key = one.submit().idempotency();
      if (key != null && !Receipts.suffice(one, order)) {
        answers.put(key, submission.answer());
      }
    }
    return Pipeline.all(
            List.of(
                SubmittedEvidence.record(connection, taken),
                AuditLog.append(connection, SubmissionStore.orderEvents(taken, orders)),
                ProvenanceLog.append(connection, provenance(taken)),
                idempotency.keep(connection, answers)))
        .map(submissions);
  }

  private static List<ProvenanceLog.Entry> provenance(List<CheckedSubmit> taken) {
    return taken.stream()
        .filter(one -> one.submit().provenance() != null)
        .map(
            one ->
                new ProvenanceLog.Entry(
                    one.item().orderId(),
                    one.itemId(),
                    "submit",
                    one.submit().caller(),
                    one.submit().provenance()))
        .toList();
  }
}
