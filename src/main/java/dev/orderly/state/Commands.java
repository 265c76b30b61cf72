package dev.orderly.state;

import dev.orderly.domain.Rejected;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.storage.SqlState;
import dev.orderly.storage.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.function.Function;

/** Runs commands: effect, audit events and the answer for replay in one transaction. */
public final class Commands {
  private final Pool pool;
  private final Tx tx;
  private final IdempotencyStore idempotency;

  public Commands(Pool pool, IdempotencyStore idempotency) {
    this.pool = pool;
    this.tx = new Tx(pool);
    this.idempotency = idempotency;
  }

  public Pool pool() {
    return pool;
  }

  public IdempotencyStore idempotency() {
    return idempotency;
  }

  /**
   * @param key null if the request has none
   * @return the answer that the key has; null if it has none
   * @throws Rejected if it was used for another body
   */
  public Answer earlier(IdempotencyKey key) {
    if (key == null) {
      return null;
    }
    var found = idempotency.lookUp(pool, List.of(key)).get(key);
    return found == null ? null : found.await();
  }

  /**
   * @param key null if the request has none
   * @param command its rejections are thrown and leave no trace
   */
  public Answer run(IdempotencyKey key, Function<SqlConnection, Answer> command) {
    try {
      return tx.run(
          connection -> {
            var earlier = idempotency.claim(connection, key);
            if (earlier != null) {
              return earlier;
            }
            var answer = command.apply(connection);
            idempotency.store(connection, key, answer);
            return answer;
          });
    } catch (Exception e) {
      // await() throws what failed as it is, checked or not.
      throw SqlState.explain(e);
    }
  }

  /** As {@link #inTransaction}, on an event loop. */
  public <T> Future<T> async(Function<SqlConnection, Future<T>> work) {
    return tx.async(work).recover(failure -> Future.failedFuture(SqlState.explain(failure)));
  }

  public <T> T inTransaction(Function<SqlConnection, T> work) {
    try {
      return tx.run(work);
    } catch (Exception e) {
      // await() throws what failed as it is, checked or not.
      throw SqlState.explain(e);
    }
  }
}
