package dev.orderly.storage;

import io.vertx.core.Future;
import java.util.List;

/** Statements that travel together on one connection, without waiting for each other's reply. */
public final class Pipeline {
  private Pipeline() {}

  /**
   * Waits for all; if one fails those after it do too, and the first failure is the one told.
   *
   * @param statements in the order in which they were sent
   */
  public static Future<Void> all(List<? extends Future<?>> statements) {
    return Future.join(statements)
        .transform(
            done ->
                statements.stream()
                    .filter(Future::failed)
                    .findFirst()
                    .map(failed -> Future.<Void>failedFuture(failed.cause()))
                    .orElseGet(Future::succeededFuture));
  }

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
