package dev.orderly.state;

import dev.orderly.bus.Bus;
import dev.orderly.idempotency.Answer;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.storage.Batcher;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.function.Function;

/**
 * Gathers results on an event loop and hands them on in batches: a virtual thread is then woken
 * once for each batch instead of once for each result.
 */
final class SubmitInbox extends VerticleBase {
  private final Bus bus;
  private final Batcher<Submit, Answer> batcher;

  SubmitInbox(
      Bus bus,
      int batchMax,
      int inboxMax,
      Function<List<Submit>, Future<List<Future<Answer>>>> take) {
    this.bus = bus;
    this.batcher = new Batcher<>(batchMax, inboxMax, Submit::itemId, take);
  }

  @Override
  public Future<?> start() {
    bus.serve(StateMessages.SUBMIT, batcher::submit);
    return Future.succeededFuture();
  }
}
