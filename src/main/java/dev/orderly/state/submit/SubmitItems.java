package dev.orderly.state.submit;

import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.leasing.FreedLeases.Freed;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.state.Commands;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Takes results, those that arrive together in one transaction. A type's rules may take their time,
 * so they are asked before the transaction begins; whether the caller still holds the item is what
 * the transaction itself decides.
 */
public final class SubmitItems {
  private final Commands commands;
  private final WriteResults results;
  private final Receipts receipts;
  private final SubmissionCheck check;
  private final Bus bus;
  private final Predicate<HeldItem> acceptedAlone;

  /**
   * @param acceptedAlone whether the system may accept an item before the others are submitted
   */
  public SubmitItems(
      Commands commands,
      LeaseGuard guard,
      SubmissionCheck check,
      Bus bus,
      Predicate<HeldItem> acceptedAlone) {
    this.acceptedAlone = acceptedAlone;
    this.commands = commands;
    this.results = new WriteResults(guard, commands.idempotency());
    this.receipts = new Receipts(commands.idempotency());
    this.check = check;
    this.bus = bus;
  }

  /**
   * What was found of a result; exactly one of both is given.
   *
   * @param checked what is to be written
   * @param reply the refusal, or the answer of the request that this one repeats
   */
  public record Verdict(CheckedSubmit checked, Future<Answer> reply) {}

  /**
   * Asks the types. Each verdict comes as soon as its type has come to one, in the order of the
   * batch. No two of it are for the same item.
   */
  public List<Future<Verdict>> check(List<Submit> batch) {
    var found = check.check(batch);
    var replies = refusals(found.refused()).await();
    return batch.stream()
        .map(
            submit ->
                replies.containsKey(submit)
                    ? Future.succeededFuture(new Verdict(null, replies.get(submit)))
                    : verdict(submit, found.judged().get(submit)))
        .toList();
  }

  private Future<Verdict> verdict(Submit submit, Future<CheckedSubmit> judged) {
    return judged
        .map(checked -> new Verdict(checked, null))
        .recover(
            failure ->
                failure instanceof Rejected rejected
                    ? refusals(Map.of(submit, rejected))
                        .map(replies -> new Verdict(null, replies.get(submit)))
                    : Future.failedFuture(failure));
  }

  /**
   * Whether one was answered before is only looked up when something stands in its way: as a rule
   * nothing does. On an event loop. No two of a batch are for the same item.
   */
  public Future<List<Future<Answer>>> write(List<CheckedSubmit> batch) {
    return replies(batch)
        .recover(
            failure ->
                failure instanceof Rejected e && e.code() == ErrorCode.IDEMPOTENCY_IN_PROGRESS
                    ? repliesToRepeated(batch)
                    : Future.failedFuture(failure))
        .map(replies -> batch.stream().map(checked -> replies.get(checked.submit())).toList());
  }

  /** One of the keys has an answer, and nothing was written. */
  private Future<Map<Submit, Future<Answer>>> repliesToRepeated(List<CheckedSubmit> batch) {
    return earlier(batch.stream().map(CheckedSubmit::submit).toList())
        .compose(
            earlier ->
                replies(batch.stream().filter(c -> !earlier.containsKey(c.submit())).toList())
                    .map(
                        replies -> {
                          replies.putAll(earlier);
                          return replies;
                        }));
  }

  private Future<Map<Submit, Future<Answer>>> replies(List<CheckedSubmit> batch) {
    if (batch.isEmpty()) {
      return Future.succeededFuture(new IdentityHashMap<>());
    }
    var refused = new IdentityHashMap<Submit, Rejected>();
    return written(batch, refused)
        .compose(
            written -> {
              announce(written);
              return refusals(refused)
                  .map(
                      replies -> {
                        written.forEach(
                            w -> replies.put(w.submit(), Future.succeededFuture(w.answer())));
                        return replies;
                      });
            });
  }

  private Future<List<Submission>> written(
      List<CheckedSubmit> batch, Map<Submit, Rejected> refused) {
    if (batch.stream().anyMatch(one -> one.item().submittedBefore())) {
      return carefully(batch, refused);
    }
    return commands
        .async(
            connection -> {
              refused.clear();
              return results.atOnce(connection, batch, refused);
            })
        .recover(
            failure ->
                failure instanceof WriteResults.Changed
                    ? carefully(batch, refused)
                    : Future.failedFuture(failure));
  }

  private Future<List<Submission>> carefully(
      List<CheckedSubmit> batch, Map<Submit, Rejected> refused) {
    return commands.async(
        connection -> {
          refused.clear();
          return results.carefully(connection, batch, refused);
        });
  }

  /** A refusal is the answer unless an earlier request with the same key got another one. */
  private Future<Map<Submit, Future<Answer>>> refusals(Map<Submit, Rejected> refused) {
    return earlier(refused.keySet())
        .map(
            replies -> {
              refused.forEach(
                  (submit, rejected) -> replies.putIfAbsent(submit, Future.failedFuture(rejected)));
              return replies;
            });
  }

  private Future<Map<Submit, Future<Answer>>> earlier(Collection<Submit> submits) {
    var keys = new HashMap<IdempotencyKey, Submit>();
    for (var submit : submits) {
      if (submit.idempotency() != null) {
        keys.put(submit.idempotency(), submit);
      }
    }
    // In the direction in which answers move, so that none is missed on its way.
    return receipts
        .find(commands.pool(), keys.values())
        .compose(
            inRows ->
                commands
                    .idempotency()
                    .find(commands.pool(), List.copyOf(keys.keySet()))
                    .map(
                        kept -> {
                          var found = new IdentityHashMap<>(inRows);
                          kept.forEach((key, answer) -> found.put(keys.get(key), answer));
                          return found;
                        }));
  }

  /**
   * Writes one result, if nothing else changed before: its answer is then as that of every other.
   *
   * @param unchanged asked first in the transaction; may throw
   * @return null if something changed, and nothing was written
   * @throws Rejected if the caller does not hold the item any more
   */
  public Answer writeIf(CheckedSubmit checked, Predicate<SqlConnection> unchanged) {
    try {
      var written =
          commands.inTransaction(
              connection -> unchanged.test(connection) ? writeOne(connection, checked) : null);
      if (written == null) {
        return null;
      }
      announce(List.of(written));
      return written.answer();
    } catch (Rejected e) {
      // Of two requests with one key, this is the one that came second.
      var earlier = commands.earlier(checked.submit().idempotency());
      if (earlier == null) {
        throw e;
      }
      return earlier;
    }
  }

  private Submission writeOne(SqlConnection connection, CheckedSubmit checked) {
    var refused = new IdentityHashMap<Submit, Rejected>();
    var written = results.carefully(connection, List.of(checked), refused).await();
    if (written.isEmpty()) {
      throw refused.get(checked.submit());
    }
    return written.getFirst();
  }

  private void announce(List<Submission> written) {
    FreedLeases.announce(bus, written.stream().map(w -> Freed.of(w.item())).toList());
    WorkHints.unblocked(bus, written.stream().map(Submission::order).distinct().toList());
    written.stream()
        .filter(w -> w.order().state() == OrderState.SUBMITTED)
        .map(w -> w.item().orderId())
        .distinct()
        .forEach(order -> bus.tell(OrderHints.SUBMITTED, new OrderHint(order)));
    written.stream()
        .filter(w -> w.order().state() != OrderState.SUBMITTED && acceptedAlone.test(w.item()))
        .map(w -> w.item().orderId())
        .distinct()
        .forEach(order -> bus.tell(OrderHints.ITEM_SUBMITTED, new OrderHint(order)));
  }
}
