package dev.orderly.storage;

import io.vertx.core.Future;

/** Statements that travel together on one connection, without waiting for each other's reply. */
public final class Pipeline {
  private Pipeline() {}

  /**
   * Waits for both; if the first fails the second does too, and the first failure is the one told.
   *
   * @return the second's result
   */
  public static <T> Future<T> both(Future<?> first, Future<T> second) {
    return Future.join(first, second)
        .transform(done -> first.failed() ? Future.failedFuture(first.cause()) : second);
  }
}
