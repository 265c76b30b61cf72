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
 * heartbeats; what runs in the background has one too, since an apply holds its connection for as
 * long as its change takes, and no command may wait for that.
 */
public final class Database {
  private static final int STATEMENT_TIMEOUT_MILLIS = 30_000;

  private final Pool pool;
  private final Pool leasing;
  private final Pool background;

  /**
   * How many connections each pool has at most.
   *
   * @param commands for commands and queries
   * @param leasing for the desks
   * @param background for apply and maintenance
   */
  public record Sizes(int commands, int leasing, int background) {}

  public Database(Vertx vertx, DatabaseAddress address, Sizes sizes, int connectTimeoutSeconds) {
    this.pool = own(vertx, "commands", address, sizes.commands(), connectTimeoutSeconds);
    this.leasing = own(vertx, "leasing", address, sizes.leasing(), connectTimeoutSeconds);
    this.background = own(vertx, "background", address, sizes.background(), connectTimeoutSeconds);
  }

  private static Pool own(
      Vertx vertx, String name, DatabaseAddress address, int size, int connectTimeoutSeconds) {
    return connect(
        vertx, name, address, size, connectTimeoutSeconds, Migrations.SCHEMA + ",public");
  }

  /**
   * A pool for a database that order types write to.
   *
   * @param name tells it apart in the metrics
   * @param size the most connections
   */
  public static Pool connect(
      Vertx vertx,
      String name,
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
    address.tls().apply(options);
    return PgBuilder.pool()
        .connectingTo(options)
        .with(
            new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setConnectionTimeout(connectTimeoutSeconds)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                .setMaxWaitQueueSize(10_000))
        .using(vertx)
        .build();
  }

  /** For commands and queries. */
  public Pool pool() {
    return pool;
  }

  /** For the desks. */
  public Pool leasing() {
    return leasing;
  }

  /** For apply and maintenance. */
  public Pool background() {
    return background;
  }

  /** Closes every connection once it is idle. */
  public Future<Void> close() {
    return Future.all(pool.close(), leasing.close(), background.close()).mapEmpty();
  }
}
