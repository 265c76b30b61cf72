package dev.orderly.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Work on a context's threads. */
public final class Tasks {
  private Tasks() {}

  private static final Executor THREADS =
      task -> Thread.ofVirtual().name("orderly-task").start(task);

  /**
   * Runs code that may block without awaiting, such as a type's own, on a virtual thread outside of
   * any context: it holds up nobody but who waits for it.
   */
  public static <T> Future<T> offload(Context waiting, Supplier<T> work) {
    return Future.fromCompletionStage(CompletableFuture.supplyAsync(work, THREADS), waiting)
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure));
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
