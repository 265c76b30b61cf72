package dev.orderly.testing;

import dev.orderly.bus.Bus;
import dev.orderly.bus.Tasks;
import dev.orderly.lifecycle.LeaseBundles;
import dev.orderly.storage.Database;
import dev.orderly.storage.DatabaseAddress;
import dev.orderly.storage.Migrations;
import dev.orderly.storage.Tx;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A database for one test class, on a real server which all classes of the JVM share; with a Vert.x
 * instance, pools and a bus. Its sessions run in an odd time zone on purpose.
 *
 * <pre>{@code
 * @RegisterExtension static final TestDatabase db = new TestDatabase();
 * }</pre>
 *
 * A test that wants a fresh one each time calls {@link #open} and {@link #close} itself.
 */
public final class TestDatabase implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  /** How long anything may take before a test gives up on it. */
  public static final Duration LIMIT = Duration.ofSeconds(30);

  private static final int CONNECT_TIMEOUT_SECONDS = 10;

  private final int poolSize;
  private final List<Other> others = new ArrayList<>();
  private DatabaseAddress address;
  private Vertx vertx;
  private Database database;
  private Bus bus;
  private Context context;

  private record Other(DatabaseAddress address, Pool pool) {}

  public TestDatabase() {
    this(12);
  }

  /**
   * @param poolSize connections for commands; queries and desks have four more each, apply and
   *     maintenance six
   */
  public TestDatabase(int poolSize) {
    this.poolSize = poolSize;
  }

  @Override
  public void beforeAll(ExtensionContext ignored) {
    open();
  }

  @Override
  public void afterAll(ExtensionContext ignored) {
    close();
  }

  /** Creates and migrates the database, and starts Vert.x. */
  public TestDatabase open() {
    address = TestServer.get().create(true);
    vertx = Vertx.vertx();
    Bus.install(vertx);
    bus = new Bus(vertx, LIMIT);
    database =
        new Database(
            vertx, address, new Database.Sizes(poolSize, 4, 4, 6), CONNECT_TIMEOUT_SECONDS);
    context = virtualThreads();
    return this;
  }

  @Override
  public void close() {
    await(vertx.close());
    others.forEach(other -> TestServer.get().drop(other.address()));
    TestServer.get().drop(address);
  }

  public DatabaseAddress address() {
    return address;
  }

  public Vertx vertx() {
    return vertx;
  }

  public Bus bus() {
    return bus;
  }

  public Database database() {
    return database;
  }

  /** Connections as commands and queries use them. */
  public Pool pool() {
    return database.commands();
  }

  public Pool queries() {
    return database.queries();
  }

  /** Another database on the same server, empty, as order types write to. */
  public Pool otherDatabase() {
    var other = TestServer.get().create(false);
    var pool = Database.connect(vertx, "other", other, 4, CONNECT_TIMEOUT_SECONDS, "public");
    others.add(new Other(other, pool));
    return pool;
  }

  /** A virtual-thread context of its own, as a verticle has. */
  public Context virtualThreads() {
    var verticle = new Bare();
    await(
        vertx.deployVerticle(
            verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    return verticle.context();
  }

  /** Runs work where it may await, and waits for its value. */
  public <T> T run(Callable<T> work) {
    return await(Tasks.run(context, work));
  }

  /**
   * Waits for a future from the test's own thread.
   *
   * @throws RuntimeException the future's own failure
   */
  public static <T> T await(Future<T> future) {
    try {
      return future.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("nothing came within " + LIMIT, e);
    }
  }

  /** A statement's rows; parameters are {@code $1}, {@code $2} …. */
  public List<JsonObject> rows(String sql, Object... parameters) {
    return rows(pool(), sql, parameters);
  }

  /** The only row. */
  public JsonObject row(String sql, Object... parameters) {
    var rows = rows(sql, parameters);
    if (rows.size() != 1) {
      throw new AssertionError("expected one row, found " + rows);
    }
    return rows.getFirst();
  }

  /** The only row's first column, as the driver gives it. */
  @SuppressWarnings("unchecked")
  public <T> T value(String sql, Object... parameters) {
    var rows = await(pool().preparedQuery(sql).execute(Tuple.wrap(parameters)));
    if (rows.size() != 1) {
      throw new AssertionError("expected one row, found " + rows.size());
    }
    return (T) rows.iterator().next().getValue(0);
  }

  /** Runs a statement; gives the number of rows that it changed. */
  public int execute(String sql, Object... parameters) {
    return await(pool().preparedQuery(sql).execute(Tuple.wrap(parameters))).rowCount();
  }

  /**
   * Sets how much time an item's lease has, and those that share its row if there are such.
   *
   * @param seconds from now on; may be negative
   */
  public void leave(UUID item, double seconds) {
    int rows =
        execute(
            "update work_items set lease_expires_at = clock_timestamp() + make_interval(secs => $2)"
                + " where id = $1 and lease_expires_at is not null",
            item,
            seconds);
    int bundles =
        execute(
            "update lease_bundles set expires_at = clock_timestamp() + make_interval(secs => $2)"
                + " where $1 = any(item_ids)",
            item,
            seconds);
    if (rows + bundles != 1) {
      throw new AssertionError("expected one lease, found " + (rows + bundles));
    }
  }

  /** Has an item's lease written to the item's row, for tests that change it there. */
  public void breakUp(UUID item) {
    await(
        new Tx(pool())
            .async(connection -> LeaseBundles.ofItems(connection, List.of(item)).mapEmpty()));
  }

  /** A statement's rows in another database. */
  public static List<JsonObject> rows(Pool pool, String sql, Object... parameters) {
    var list = new ArrayList<JsonObject>();
    for (Row row : await(pool.preparedQuery(sql).execute(Tuple.wrap(parameters)))) {
      list.add(row.toJson());
    }
    return list;
  }

  /** A connection in a transaction of its own, for locks that a test holds. */
  public SqlConnection begun() {
    var connection = await(pool().getConnection());
    await(connection.begin());
    return connection;
  }

  /** The search path of {@link #pool()}. */
  public static String searchPath() {
    return Migrations.SCHEMA + ",public";
  }

  private static final class Bare extends VerticleBase {
    Context context() {
      return context;
    }
  }
}
