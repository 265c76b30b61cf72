package dev.orderly.state;

import dev.orderly.bus.Bus;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Takes results, those that arrive together in one transaction. A type's rules may take their time,
 * so they are asked before the transaction begins; whether the caller still holds the item is what
 * the transaction itself decides.
 */
final class SubmitItems {
  private final Commands commands;
  private final LeaseGuard guard;
  private final SubmissionCheck check;
  private final Bus bus;

  SubmitItems(Commands commands, LeaseGuard guard, SubmissionCheck check, Bus bus) {
    this.commands = commands;
    this.guard = guard;
    this.check = check;
    this.bus = bus;
  }

  /** No two of a batch are for the same item or have the same key. */
  List<Future<Answer>> run(List<Submit> batch) {
    var replies = new IdentityHashMap<Submit, Future<Answer>>(earlier(batch));
    var fresh = batch.stream().filter(submit -> !replies.containsKey(submit)).toList();
    var refused = check.refusals(fresh);
    refused.forEach((submit, rejected) -> replies.put(submit, Future.failedFuture(rejected)));
    var valid = fresh.stream().filter(submit -> !refused.containsKey(submit)).toList();
    if (!valid.isEmpty()) {
      write(valid, replies);
    }
    return batch.stream().map(replies::get).toList();
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

  private void write(List<Submit> valid, Map<Submit, Future<Answer>> replies) {
    var written = new ArrayList<Submission>();
    var refused = new IdentityHashMap<Submit, Rejected>();
    commands.inTransaction(
        connection -> {
          written.clear();
          refused.clear();
          write(connection, valid, written, refused);
          return null;
        });
    written.forEach(w -> replies.put(w.submit(), Future.succeededFuture(w.answer())));
    // Refused although it was fresh a moment ago: a duplicate of it may have won.
    var duplicates = earlier(List.copyOf(refused.keySet()));
    refused.forEach(
        (submit, rejected) ->
            replies.put(submit, duplicates.getOrDefault(submit, Future.failedFuture(rejected))));
    written.stream()
        .filter(w -> w.orderState() == OrderState.SUBMITTED)
        .map(w -> w.item().orderId())
        .distinct()
        .forEach(order -> bus.publish(OrderHints.SUBMITTED, new OrderHint(order)));
  }

  private void write(
      SqlConnection connection,
      List<Submit> valid,
      List<Submission> written,
      Map<Submit, Rejected> refused) {
    Map<UUID, HeldItem> items =
        HeldItem.lock(connection, valid.stream().map(Submit::itemId).toList()).await();
    var accepted = new ArrayList<Submit>();
    for (var submit : valid) {
      var item = items.get(submit.itemId());
      var refusal = guard.check("submit", submit.itemId(), item, submit.caller(), submit.proof());
      if (refusal == null) {
        accepted.add(submit);
      } else {
        refused.put(submit, refusal);
      }
    }
    written.addAll(SubmissionStore.write(connection, accepted, items));
    var answers = new HashMap<IdempotencyKey, Answer>();
    for (var submission : written) {
      if (submission.submit().idempotency() != null) {
        answers.put(submission.submit().idempotency(), submission.answer());
      }
    }
    commands.idempotency().storeAll(connection, answers);
  }
}
