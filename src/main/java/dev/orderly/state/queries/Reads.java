package dev.orderly.state.queries;

import dev.orderly.storage.SqlState;
import dev.orderly.storage.Tx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import java.util.function.Function;
import java.util.function.Supplier;

/** Reading, on a virtual thread. A database that went away becomes {@code unavailable}. */
final class Reads {
  private static final String ONE_MOMENT =
      "set transaction isolation level repeatable read, read only";

  private final Pool pool;
  private final Tx tx;

  Reads(Pool pool) {
    this.pool = pool;
    this.tx = new Tx(pool);
  }

  /** For a single statement, or several that need not agree. */
  <T> T plain(Function<SqlClient, T> work) {
    return explained(() -> work.apply(pool));
  }

  /** For several statements that must see the same moment. */
  <T> T snapshot(Function<SqlClient, T> work) {
    return explained(
        () ->
            tx.run(
                connection -> {
                  connection.query(ONE_MOMENT).execute().await();
                  return work.apply(connection);
                }));
  }

  private static <T> T explained(Supplier<T> work) {
    try {
      return work.get();
    } catch (Exception e) {
      // Awaiting throws a future's failure as it is, a refused connection's IOException too.
      throw SqlState.explain(e);
    }
  }
}
