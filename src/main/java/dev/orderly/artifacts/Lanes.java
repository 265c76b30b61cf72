package dev.orderly.artifacts;

import io.vertx.core.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Lets so many pieces of work run at once; the others wait for as long as it takes, each behind the
 * one that came before it. Waiting for a connection instead would fail after a few seconds.
 */
final class Lanes {
  private final AtomicReferenceArray<CompletableFuture<Void>> tails;
  private final AtomicInteger next = new AtomicInteger();

  Lanes(int count) {
    tails = new AtomicReferenceArray<>(count);
  }

  /** On a virtual thread. */
  <T> T inTurn(Supplier<T> work) {
    var mine = new CompletableFuture<Void>();
    int lane = Math.floorMod(next.getAndIncrement(), tails.length());
    var before = tails.getAndSet(lane, mine);
    try {
      if (before != null) {
        Future.fromCompletionStage(before).await();
      }
      return work.get();
    } finally {
      mine.complete(null);
    }
  }
}
