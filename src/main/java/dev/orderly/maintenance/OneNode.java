package dev.orderly.maintenance;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Lets one node at a time do a thing, by a lock that PostgreSQL drops with the holder's connection.
 * The locks of all things that are done at once are held by one connection. For one context of
 * virtual threads; a thing must not be begun twice at once here, for the node would let itself.
 */
final class OneNode {
  /** The space of our locks' keys: "duty" in ASCII. */
  private static final int SPACE = 0x64757479;

  private static final String TRY = "select pg_try_advisory_lock($1, hashtext($2)) as free";
  private static final String UNLOCK = "select pg_advisory_unlock($1, hashtext($2)) as held";

  private final Pool pool;
  private Locks locks;

  /** A connection that holds locks, closed with its last user. */
  private static final class Locks {
    private final Future<SqlConnection> connection;
    private int users;

    Locks(Future<SqlConnection> connection) {
      this.connection = connection;
    }

    boolean ask(String sql, String name) {
      var rows = connection.await().preparedQuery(sql).execute(Tuple.of(SPACE, name)).await();
      return rows.iterator().next().getBoolean(0);
    }
  }

  OneNode(Pool pool) {
    this.pool = pool;
  }

  /**
   * @param name of the thing
   * @return what the work returned; empty if another node is at it
   */
  OptionalLong run(String name, LongSupplier work) {
    var mine = enter();
    try {
      if (!ask(mine, TRY, name)) {
        return OptionalLong.empty();
      }
      try {
        return OptionalLong.of(work.getAsLong());
      } finally {
        ask(mine, UNLOCK, name);
      }
    } finally {
      leave(mine);
    }
  }

  private boolean ask(Locks mine, String sql, String name) {
    try {
      return mine.ask(sql, name);
    } catch (Throwable e) {
      // A connection that failed once is not shared any further.
      forget(mine);
      throw e;
    }
  }

  private Locks enter() {
    if (locks == null) {
      locks = new Locks(pool.getConnection());
    }
    locks.users++;
    return locks;
  }

  private void leave(Locks mine) {
    if (--mine.users == 0) {
      forget(mine);
      mine.connection.onSuccess(SqlConnection::close);
    }
  }

  private void forget(Locks mine) {
    if (locks == mine) {
      locks = null;
    }
  }
}
