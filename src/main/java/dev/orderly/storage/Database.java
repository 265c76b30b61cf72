package dev.orderly.storage;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The node's connections. Commands, queries and leasing have a pool each, so that long queries hold
 * up neither heartbeats nor results; what runs in the background has one too, since an apply holds
 * its connection for as long as its change takes, and no command may wait for that.
 */
public final class Database {
  private static final int STATEMENT_TIMEOUT_MILLIS = 30_000;

  /** How long what was sent may go unconfirmed before its connection counts as gone. */
  private static final int UNCONFIRMED_MILLIS = 20_000;

  /**
   * How long a connection may hear nothing. No statement takes as long; so a server that is gone
   * without a word, with its machine or the network, holds nobody up for ever. Connections that
   * nobody used for so long are closed too, and opened anew when they are needed.
   */
  private static final int SILENCE_SECONDS = 2 * STATEMENT_TIMEOUT_MILLIS / 1000;

  /** For connections that may be held while nothing is asked of the database. */
  private static final int ANY_SILENCE = 0;

  private static final String PAUSE_LIMIT = "idle_in_transaction_session_timeout";
  private static final String LONG_PAUSE_MILLIS = "60000";

  /**
   * A node that freezes in the middle of a transaction must not keep its rows from the others for
   * longer than it takes to notice.
   */
  private static final Map<String, String> NO_LONG_PAUSES = Map.of(PAUSE_LIMIT, "5000");

  /**
   * Statements are planned once, for any values, and by index whatever the statistics say: for
   * those that know their way and run all the time. A plan made while tables were empty stays good
   * as they grow. Elsewhere the database's own settings hold.
   */
  private static final Map<String, String> PLANNED_ONCE =
      Map.of(
          "plan_cache_mode",
          "force_generic_plan",
          "enable_seqscan",
          "off",
          "enable_hashjoin",
          "off",
          "enable_mergejoin",
          "off",
          PAUSE_LIMIT,
          NO_LONG_PAUSES.get(PAUSE_LIMIT));

  private final Pool commands;
  private final Pool queries;
  private final Pool leasing;
  private final Pool background;

  /**
   * How many connections each pool has at most.
   *
   * @param commands for what changes something, and for looking things up
   * @param queries for lists and the like
   * @param leasing for the desks
   * @param background for apply and maintenance
   */
  public record Sizes(int commands, int queries, int leasing, int background) {}

  public Database(Vertx vertx, DatabaseAddress address, Sizes sizes, int connectTimeoutSeconds) {
    var own = Migrations.SCHEMA + ",public";
    int timeout = connectTimeoutSeconds;
    var heard = patience(SILENCE_SECONDS);
    commands =
        connect(vertx, "commands", address, sizes.commands(), timeout, own, PLANNED_ONCE, heard);
    queries =
        connect(vertx, "queries", address, sizes.queries(), timeout, own, NO_LONG_PAUSES, heard);
    leasing =
        connect(vertx, "leasing", address, sizes.leasing(), timeout, own, PLANNED_ONCE, heard);
    // An apply holds its connection while its code does something else.
    background =
        connect(
            vertx,
            "background",
            address,
            sizes.background(),
            timeout,
            own,
            Map.of(),
            patience(ANY_SILENCE));
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
    return connect(
        vertx,
        name,
        address,
        size,
        connectTimeoutSeconds,
        searchPath,
        Map.of(),
        patience(ANY_SILENCE));
  }

  /**
   * How long to put up with a server that does not answer.
   *
   * @param silenceSeconds how long a connection may hear nothing; 0 for any time
   */
  static NetClientOptions patience(int silenceSeconds) {
    return new NetClientOptions()
        .setTcpKeepAlive(true)
        .setTcpUserTimeout(UNCONFIRMED_MILLIS)
        .setReadIdleTimeout(silenceSeconds);
  }

  static Pool connect(
      Vertx vertx,
      String name,
      DatabaseAddress address,
      int size,
      int connectTimeoutSeconds,
      String searchPath,
      Map<String, String> settings,
      NetClientOptions patience) {
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
            .addProperty("application_name", "orderly")
            .addProperty("search_path", searchPath)
            .addProperty("statement_timeout", Integer.toString(STATEMENT_TIMEOUT_MILLIS))
            .addProperty(PAUSE_LIMIT, LONG_PAUSE_MILLIS)
            // Compiling costs more than such short statements take.
            .addProperty("jit", "off");
    settings.forEach(options::addProperty);
    address.tls().apply(options);
    return PgBuilder.pool()
        .connectingTo(options)
        .with(patience)
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

  /** For what changes something, and for looking things up. */
  public Pool commands() {
    return commands;
  }

  /** For lists and the like. */
  public Pool queries() {
    return queries;
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
    return Future.all(commands.close(), queries.close(), leasing.close(), background.close())
        .mapEmpty();
  }
}
