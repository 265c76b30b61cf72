package dev.orderly.storage;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Transactions. Both forms begin, commit if the work succeeds and roll back if it fails in whatever
 * way; both take the whole work again after a deadlock or a serialization failure.
 */
public final class Tx {
  private static final int TRIES = 4;

  private final Pool pool;

  public Tx(Pool pool) {
    this.pool = pool;
  }

  /** Straight-line work, on a virtual thread. */
  public <T> T run(Function<SqlConnection, T> work) {
    for (int attempt = 1; ; attempt++) {
      try {
        return once(work, transaction -> transaction.commit().await());
      } catch (PgException e) {
        if (attempt == TRIES || !SqlState.isContention(e)) {
          throw e;
        }
      }
    }
  }

  /** As {@link #run}, and nothing of it stays: the transaction is rolled back in the end. */
  public <T> T rehearse(Function<SqlConnection, T> work) {
    for (int attempt = 1; ; attempt++) {
      try {
        return once(work, transaction -> transaction.rollback().await());
      } catch (PgException e) {
        if (attempt == TRIES || !SqlState.isContention(e)) {
          throw e;
        }
      }
    }
  }

  /** Work as a pipeline of futures, on an event loop. */
  public <T> Future<T> async(Function<SqlConnection, Future<T>> work) {
    return async(work, 1);
  }

  private <T> Future<T> async(Function<SqlConnection, Future<T>> work, int attempt) {
    return pool.withConnection(connection -> transaction(connection, work))
        .recover(
            failure ->
                attempt < TRIES && SqlState.isContention(failure)
                    ? async(work, attempt + 1)
                    : Future.failedFuture(failure));
  }

  /** What the work sends before it waits travels with the begin: a round trip less. */
  private static <T> Future<T> transaction(
      SqlConnection connection, Function<SqlConnection, Future<T>> work) {
    var begun = connection.begin();
    var result = Future.succeededFuture(connection).compose(work::apply);
    return begun.compose(
        transaction ->
            result.transform(
                done ->
                    done.succeeded()
                        ? transaction.commit().map(done.result())
                        : transaction
                            .rollback()
                            .transform(ended -> Future.failedFuture(done.cause()))));
  }

  private <T> T once(Function<SqlConnection, T> work, Consumer<Transaction> end) {
    SqlConnection connection = pool.getConnection().await();
    try {
      var begun = connection.begin();
      T result;
      try {
        result = work.apply(connection);
      } catch (Throwable failure) {
        rollBack(begun.await(), failure);
        throw failure;
      }
      end.accept(begun.await());
      return result;
    } finally {
      connection.close();
    }
  }

  private static void rollBack(Transaction transaction, Throwable failure) {
    try {
      transaction.rollback().await();
    } catch (RuntimeException e) {
      // The connection is gone and the transaction with it; the failure itself is what counts.
      failure.addSuppressed(e);
    }
  }
}
