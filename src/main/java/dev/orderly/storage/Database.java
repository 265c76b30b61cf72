package dev.orderly.storage;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The node's connections. Leasing has a pool of its own, so that long queries cannot hold up
 * heartbeats.
 */
public final class Database {
  private static final int STATEMENT_TIMEOUT_MILLIS = 30_000;

  private final Pool pool;
  private final Pool leasing;

  /**
   * @param poolSize connections for commands, queries, apply and maintenance
   * @param leasingPoolSize connections for the desks
   */
  public Database(
      Vertx vertx,
      DatabaseAddress address,
      int poolSize,
      int leasingPoolSize,
      int connectTimeoutSeconds) {
    this.pool =
        connect(vertx, address, poolSize, connectTimeoutSeconds, Migrations.SCHEMA + ",public");
    this.leasing =
        connect(
            vertx, address, leasingPoolSize, connectTimeoutSeconds, Migrations.SCHEMA + ",public");
  }

  /**
   * A pool for a database that order types write to.
   *
   * @param size the most connections
   */
  public static Pool connect(
      Vertx vertx,
      DatabaseAddress address,
      int size,
      int connectTimeoutSeconds,
      String searchPath) {
    var options =
        new PgConnectOptions()
            .setHost(address.host())
            .setPort(address.port())
            .setDatabase(address.database())
            .setUser(address.user())
            .setPassword(address.password())
            .setCachePreparedStatements(true)
            .setPreparedStatementCacheMaxSize(512)
            .setReconnectAttempts(0)
            .setProperties(
                Map.of(
                    "application_name", "orderly",
                    "search_path", searchPath,
                    "statement_timeout", Integer.toString(STATEMENT_TIMEOUT_MILLIS),
                    "idle_in_transaction_session_timeout", "60000",
                    // Compiling costs more than such short statements take.
                    "jit", "off"));
    return PgBuilder.pool()
        .connectingTo(options)
        .with(
            new PoolOptions()
                .setMaxSize(size)
                .setConnectionTimeout(connectTimeoutSeconds)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                .setMaxWaitQueueSize(10_000))
        .using(vertx)
        .build();
  }

  public Pool pool() {
    return pool;
  }

  public Pool leasing() {
    return leasing;
  }

  /** Closes every connection once it is idle. */
  public Future<Void> close() {
    return Future.all(pool.close(), leasing.close()).mapEmpty();
  }
}
