package dev.orderly.maintenance;

import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Lets one node at a time do a thing, by a lock that PostgreSQL drops with the holder's connection.
 */
final class OneNode {
  /** The space of our locks' keys: "duty" in ASCII. */
  private static final int SPACE = 0x64757479;

  private static final String TRY = "select pg_try_advisory_lock($1, hashtext($2)) as free";
  private static final String UNLOCK = "select pg_advisory_unlock($1, hashtext($2)) as held";

  private final Pool pool;

  OneNode(Pool pool) {
    this.pool = pool;
  }

  /**
   * @param name of the thing
   * @return what the work returned; empty if another node is at it
   */
  OptionalLong run(String name, LongSupplier work) {
    SqlConnection connection = pool.getConnection().await();
    try {
      if (!ask(connection, TRY, name)) {
        return OptionalLong.empty();
      }
      try {
        return OptionalLong.of(work.getAsLong());
      } finally {
        ask(connection, UNLOCK, name);
      }
    } finally {
      connection.close();
    }
  }

  private static boolean ask(SqlConnection connection, String sql, String name) {
    var rows = connection.preparedQuery(sql).execute(Tuple.of(SPACE, name)).await();
    return rows.iterator().next().getBoolean(0);
  }
}
