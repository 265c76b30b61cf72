package dev.orderly.state.submit;

import dev.orderly.audit.ProvenanceLog;
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
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Takes results, those that arrive together in one transaction. A type's rules may take their time,
 * so they are asked before the transaction begins; whether the caller still holds the item is what
 * the transaction itself decides.
 */
public final class SubmitItems {
  private final Commands commands;
  private final LeaseGuard guard;
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
    this.guard = guard;
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

  /** Asks the types, in the order of the batch. No two of it are for the same item. */
  public List<Verdict> check(List<Submit> batch) {
    var found = check.check(batch);
    var replies = replies(found.refused());
    return batch.stream()
        .map(
            submit ->
                replies.containsKey(submit)
                    ? new Verdict(null, replies.get(submit))
                    : new Verdict(
                        CheckedSubmit.of(
                            submit,
                            found.items().get(submit.itemId()),
                            found.artifacts().getOrDefault(submit, List.of())),
                        null))
        .toList();
  }

  /**
   * Whether one was answered before is only looked up when something stands in its way: as a rule
   * nothing does. No two of a batch are for the same item.
   */
  public List<Future<Answer>> write(List<CheckedSubmit> batch) {
    var replies = new IdentityHashMap<Submit, Future<Answer>>();
    try {
      replies.putAll(replies(write(batch, replies)));
    } catch (Rejected e) {
      if (e.code() != ErrorCode.IDEMPOTENCY_IN_PROGRESS) {
        throw e;
      }
      // One of the keys has an answer, and nothing was written.
      replies.putAll(earlier(batch.stream().map(CheckedSubmit::submit).toList()));
      var fresh = batch.stream().filter(c -> !replies.containsKey(c.submit())).toList();
      replies.putAll(replies(write(fresh, replies)));
    }
    return batch.stream().map(checked -> replies.get(checked.submit())).toList();
  }

  /** A refusal is the answer unless an earlier request with the same key got another one. */
  private Map<Submit, Future<Answer>> replies(Map<Submit, Rejected> refused) {
    var replies = earlier(List.copyOf(refused.keySet()));
    refused.forEach(
        (submit, rejected) -> replies.putIfAbsent(submit, Future.failedFuture(rejected)));
    return replies;
  }

  private Map<Submit, Future<Answer>> earlier(List<Submit> batch) {
    var keys = new HashMap<IdempotencyKey, Submit>();
    for (var submit : batch) {
      if (submit.idempotency() != null) {
        keys.put(submit.idempotency(), submit);
      }
    }
    var found = new IdentityHashMap<Submit, Future<Answer>>();
    commands
        .idempotency()
        .lookUp(commands.pool(), List.copyOf(keys.keySet()))
        .forEach((key, answer) -> found.put(keys.get(key), answer));
    return found;
  }

  /** Why each that is not written is refused. */
  private Map<Submit, Rejected> write(
      List<CheckedSubmit> batch, Map<Submit, Future<Answer>> replies) {
    var refused = new IdentityHashMap<Submit, Rejected>();
    if (batch.isEmpty()) {
      return refused;
    }
    var written =
        commands.inTransaction(
            connection -> {
              refused.clear();
              return write(connection, batch, refused);
            });
    announce(written, replies);
    return refused;
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
      var replies = new IdentityHashMap<Submit, Future<Answer>>();
      var written =
          commands.inTransaction(
              connection -> unchanged.test(connection) ? writeOne(connection, checked) : null);
      if (written == null) {
        return null;
      }
      announce(List.of(written), replies);
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
    var written = write(connection, List.of(checked), refused);
    if (written.isEmpty()) {
      throw refused.get(checked.submit());
    }
    return written.getFirst();
  }

  private void announce(List<Submission> written, Map<Submit, Future<Answer>> replies) {
    FreedLeases.announce(bus, written.stream().map(w -> Freed.of(w.item())).toList());
    WorkHints.unblocked(bus, written.stream().map(Submission::order).distinct().toList());
    written.forEach(w -> replies.put(w.submit(), Future.succeededFuture(w.answer())));
    written.stream()
        .filter(w -> w.order().state() == OrderState.SUBMITTED)
        .map(w -> w.item().orderId())
        .distinct()
        .forEach(order -> bus.publish(OrderHints.SUBMITTED, new OrderHint(order)));
    written.stream()
        .filter(w -> w.order().state() != OrderState.SUBMITTED && acceptedAlone.test(w.item()))
        .map(w -> w.item().orderId())
        .distinct()
        .forEach(order -> bus.publish(OrderHints.ITEM_SUBMITTED, new OrderHint(order)));
  }

  /**
   * As a rule nothing happened to the items since they were seen, and they are taken as they are.
   * Those that changed are locked and looked at again.
   */
  private List<Submission> write(
      SqlConnection connection, List<CheckedSubmit> batch, Map<Submit, Rejected> refused) {
    var taken = new ArrayList<CheckedSubmit>();
    var times = new HashMap<UUID, Instant>();
    var left = SubmittedEvidence.hold(connection, batch, refused);
    while (!left.isEmpty()) {
      times.putAll(SubmissionStore.take(connection, left).await());
      left.stream().filter(one -> times.containsKey(one.itemId())).forEach(taken::add);
      var changed = left.stream().filter(one -> !times.containsKey(one.itemId())).toList();
      left = stillHeld(connection, changed, refused);
    }
    SubmittedEvidence.record(connection, taken);
    var written = SubmissionStore.record(connection, taken, times);
    ProvenanceLog.append(connection, provenance(written)).await();
    var answers = new HashMap<IdempotencyKey, Answer>();
    for (var submission : written) {
      if (submission.submit().idempotency() != null) {
        answers.put(submission.submit().idempotency(), submission.answer());
      }
    }
    commands.idempotency().storeAll(connection, answers);
    return written;
  }

  private List<CheckedSubmit> stillHeld(
      SqlConnection connection, List<CheckedSubmit> changed, Map<Submit, Rejected> refused) {
    if (changed.isEmpty()) {
      return changed;
    }
    var ids = changed.stream().map(CheckedSubmit::itemId).toList();
    var items = HeldItem.lock(connection, ids).await();
    var held = new ArrayList<CheckedSubmit>();
    for (var checked : changed) {
      var submit = checked.submit();
      var item = items.get(submit.itemId());
      var refusal = guard.check("submit", submit.itemId(), item, submit.caller(), submit.proof());
      if (refusal == null) {
        held.add(checked.with(item));
      } else {
        refused.put(submit, refusal);
      }
    }
    return held;
  }

  private static List<ProvenanceLog.Entry> provenance(List<Submission> written) {
    return written.stream()
        .filter(w -> w.submit().provenance() != null)
        .map(
            w ->
                new ProvenanceLog.Entry(
                    w.item().orderId(),
                    w.item().id(),
                    "submit",
                    w.submit().caller(),
                    w.submit().provenance()))
        .toList();
  }
}
