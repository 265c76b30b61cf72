package dev.orderly.state.submit;

import dev.orderly.domain.Rejected;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Takes results within a transaction. As a rule nothing happened to the items since they were seen,
 * and they are taken as they are. Those that changed are locked and looked at again, and so are
 * those that were submitted before.
 */
final class TakeResults {
  private final LeaseGuard guard;
  private final Receipts receipts;

  TakeResults(LeaseGuard guard, Receipts receipts) {
    this.guard = guard;
    this.receipts = receipts;
  }

  /**
   * @param times receives when each result was taken, by item
   * @param refused receives those whose items their callers do not hold any more
   * @return those whose results were taken
   */
  Future<List<CheckedSubmit>> run(
      SqlConnection connection,
      List<CheckedSubmit> batch,
      Map<UUID, Instant> times,
      Map<Submit, Rejected> refused) {
    return run(connection, batch, false, times, refused);
  }

  private Future<List<CheckedSubmit>> run(
      SqlConnection connection,
      List<CheckedSubmit> batch,
      boolean again,
      Map<UUID, Instant> times,
      Map<Submit, Rejected> refused) {
    if (batch.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    // Those that were submitted before would only be left alone.
    var taking =
        again ? batch : batch.stream().filter(one -> !one.item().submittedBefore()).toList();
    return SubmissionStore.take(connection, taking, again)
        .compose(
            now -> {
              times.putAll(now);
              var taken = batch.stream().filter(one -> now.containsKey(one.itemId())).toList();
              var changed = batch.stream().filter(one -> !now.containsKey(one.itemId())).toList();
              return stillHeld(connection, changed, refused)
                  .compose(held -> run(connection, held, true, times, refused))
                  .map(more -> Stream.concat(taken.stream(), more.stream()).toList());
            });
  }

  private Future<List<CheckedSubmit>> stillHeld(
      SqlConnection connection, List<CheckedSubmit> changed, Map<Submit, Rejected> refused) {
    if (changed.isEmpty()) {
      return Future.succeededFuture(changed);
    }
    return HeldItem.lock(connection, changed.stream().map(CheckedSubmit::itemId).toList())
        .map(items -> stillHeld(changed, items, refused))
        .compose(
            held -> {
              var again = held.stream().filter(one -> one.item().submittedBefore()).toList();
              return again.isEmpty()
                  ? Future.succeededFuture(held)
                  : receipts.clear(connection, again).map(held);
            });
  }

  private List<CheckedSubmit> stillHeld(
      List<CheckedSubmit> changed, Map<UUID, HeldItem> items, Map<Submit, Rejected> refused) {
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
}
