package dev.orderly.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;

/** Work on a context's threads. */
public final class Tasks {
  private Tasks() {}

  /**
   * Runs work as a task of its own: on a virtual-thread context it may await without holding up the
   * context's other tasks.
   */
  public static <T> Future<T> run(Context context, Callable<T> work) {
    var promise = Promise.<T>promise();
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
