package dev.orderly.state.submit;

import dev.orderly.bus.Bus;
import dev.orderly.bus.Tasks;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Submissions;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.state.StateMessages.Taken;
import dev.orderly.state.submit.SubmitItems.Verdict;
import dev.orderly.storage.Batcher;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Gathers results on an event loop. Most can be judged here and now; for the others a virtual
 * thread is woken once for each batch, and types look at one batch while others are written.
 * Results are written in batches too. Those of one order are written one batch after the other: in
 * two transactions they would only wait for its row. Those of items that were submitted before have
 * batches of their own, as they take longer.
 */
public final class SubmitInbox extends VerticleBase {
  private final Bus bus;
  private final Function<Submit, CheckedSubmit> quick;
  private final Batcher<Submit, Answer> checks;
  private final List<Batcher<CheckedSubmit, Answer>> writes;
  private final Batcher<CheckedSubmit, Answer> rewrites;
  private final int inboxMax;

  /** How many results types look at, each as long as it takes. */
  private int judging;

  /**
   * @param quick judges at once, or gives null if that takes more than a look
   * @param rest is told how long a transaction took, and completes when the next may begin, on any
   *     thread
   */
  public SubmitInbox(
      Bus bus,
      int batchMax,
      int parallelMax,
      int inboxMax,
      Function<Submit, CheckedSubmit> quick,
      Function<List<Submit>, Future<List<Future<Verdict>>>> check,
      Function<List<CheckedSubmit>, Future<List<Future<Answer>>>> write,
      Function<Duration, Future<Void>> rest) {
    this.bus = bus;
    this.quick = quick;
    this.inboxMax = inboxMax;
    this.writes =
        Stream.generate(
                () -> new Batcher<>(batchMax, inboxMax, CheckedSubmit::itemId, write, rested(rest)))
            .limit(parallelMax)
            .toList();
    this.rewrites = new Batcher<>(batchMax, inboxMax, CheckedSubmit::itemId, write);
    this.checks =
        new Batcher<>(
            batchMax,
            inboxMax,
            Submit::itemId,
            batch ->
                check.apply(batch).map(verdicts -> verdicts.stream().map(this::judged).toList()));
  }

  @Override
  public Future<?> start() {
    bus.serve(StateMessages.SUBMIT, this::take);
    bus.serve(StateMessages.SUBMIT_ALL, all -> takeAll(all.submits()));
    return Future.succeededFuture();
  }

  private Future<Answer> take(Submit submit) {
    var checked = quick.apply(submit);
    if (checked != null) {
      return write(checked);
    }
    return judging < inboxMax
        ? checks.submit(submit)
        : Future.failedFuture(
            new Rejected(ErrorCode.OVERLOADED, inboxMax + " results are being judged; try later"));
  }

  private Future<Answer> judged(Future<Verdict> verdict) {
    judging++;
    return Tasks.on(context, verdict).onComplete(known -> judging--).compose(this::go);
  }

  private Future<Answer> go(Verdict verdict) {
    return verdict.reply() != null ? verdict.reply() : write(verdict.checked());
  }

  private Future<Answer> write(CheckedSubmit checked) {
    if (checked.item().submittedBefore()) {
      return rewrites.submit(checked);
    }
    int lane = Math.floorMod(checked.item().orderId().hashCode(), writes.size());
    return writes.get(lane).submit(checked);
  }

  private Function<Duration, Future<Void>> rested(Function<Duration, Future<Void>> rest) {
    return took -> Tasks.on(context, rest.apply(took));
  }

  private Future<Submissions> takeAll(List<Submit> submits) {
    var taken =
        submits.stream()
            .map(
                submit ->
                    take(submit)
                        .map(answer -> new Taken(answer, null))
                        .otherwise(failure -> new Taken(null, refusal(failure))))
            .toList();
    return Future.join(taken)
        .map(all -> new Submissions(taken.stream().map(Future::result).toList()));
  }

  private Refusal refusal(Throwable failure) {
    return Refusal.of(bus.rejection(StateMessages.SUBMIT_ALL.name(), failure));
  }
}
