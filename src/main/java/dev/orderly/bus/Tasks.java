package dev.orderly.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Work on a context's threads. */
public final class Tasks {
  private Tasks() {}

  /**
   * Runs code that may block without awaiting, such as a type's own, on a virtual thread outside of
   * any context: it holds up nobody but who waits for it.
   *
   * @param waiting where the outcome is told
   * @param limit how long it may take: then its thread is interrupted, and the outcome is {@link
   *     TookTooLong}
   */
  public static <T> Future<T> offload(Context waiting, Duration limit, Supplier<T> work) {
    var outcome = new CompletableFuture<T>();
    var thread =
        Thread.ofVirtual()
            .name("orderly-task")
            .start(
                () -> {
                  try {
                    outcome.complete(work.get());
                  } catch (Throwable failure) {
                    outcome.completeExceptionally(failure);
                  }
                });
    return Future.fromCompletionStage(outcome, waiting)
        .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            failure ->
                // The code itself may throw a timeout of its own.
                Future.<T>failedFuture(
                    failure instanceof TimeoutException && !outcome.isDone()
                        ? new TookTooLong(limit)
                        : failure))
        .onComplete(over -> thread.interrupt());
  }

  /** What was offloaded took longer than it may. */
  public static final class TookTooLong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TookTooLong(Duration limit) {
      super("no end within " + limit);
    }
  }

  /** The same outcome, told on a context. */
  public static <T> Future<T> on(Context context, Future<T> outcome) {
    Promise<T> promise = ((ContextInternal) context).promise();
    outcome.onComplete(promise);
    return promise.future();
  }

  /**
   * Runs work as a task of its own: on a virtual-thread context it may await without holding up the
   * context's other tasks.
   *
   * @return completes on the caller's context, if it is on one
   */
  public static <T> Future<T> run(Context context, Callable<T> work) {
    Promise<T> promise =
        Vertx.currentContext() instanceof ContextInternal caller
            ? caller.promise()
            : Promise.promise();
    context.runOnContext(
        ignored -> {
          try {
            promise.complete(work.call());
          } catch (Throwable failure) {
            promise.fail(failure);
          }
        });
    return promise.future();
  }
}
