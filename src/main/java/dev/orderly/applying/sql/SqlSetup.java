package dev.orderly.applying.sql;

import dev.orderly.storage.SqlState;
import dev.orderly.storage.StorageException;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplyExtras.Hook;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.declarative.DeclarativeType;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares what order types write to, and has their statements checked there, before the node takes
 * orders. A datasource that cannot be reached then is no reason not to start: its types are
 * prepared and checked before the first of their changes. Safe for many threads.
 */
public final class SqlSetup {
  /** The name under which types mean Orderly's own database. */
  public static final String OWN = "orderly";

  private static final Logger LOG = LoggerFactory.getLogger(SqlSetup.class);

  // Nodes start together, and "if not exists" does not serialise.
  private static final String LOCK = "select pg_advisory_xact_lock(7311148, 2)";

  /** "if not exists" tells at each start what it skips. */
  private static final String QUIET = "set local client_min_messages = warning";

  private final Pool own;
  private final Map<String, Pool> datasources;
  private final Map<Version, OrderType> left = new ConcurrentHashMap<>();

  private record Version(String type, String version) {}

  /** The database refuses statements of a type. */
  private static final class Refused extends RuntimeException {
    private final List<String> lines;

    Refused(List<String> lines) {
      super(String.join("; ", lines), null, false, false);
      this.lines = lines;
    }
  }

  /**
   * @param datasources other databases by the names that types give
   */
  public SqlSetup(Pool own, Map<String, Pool> datasources) {
    this.own = own;
    this.datasources = Map.copyOf(datasources);
  }

  /**
   * Runs each type's setup statements on its datasource, each type's in one transaction, and then
   * has the database check its other statements: in Orderly's own database in the public schema,
   * elsewhere wherever the pool's connections look. May await, so not for event loops.
   *
   * @throws TypeFileException with every statement that its database refuses
   * @throws StorageException if a datasource is not configured or does not let Orderly in, or
   *     Orderly's own database does not answer
   */
  public void run(List<OrderType> types) {
    var lines = new ArrayList<String>();
    var away = new HashSet<String>();
    for (var type : types) {
      if (!(type.apply() instanceof ApplySpec.Sql sql)) {
        continue;
      }
      // One that is away is waited for once.
      if (away.contains(sql.datasource()) || !prepared(type, sql, lines)) {
        away.add(sql.datasource());
        left.put(new Version(type.name(), type.version()), type);
        LOG.atWarn()
            .addKeyValue("type", type.name())
            .log(
                "Datasource {} cannot be reached: the type's statements are not checked; its setup"
                    + " runs before its first change",
                sql.datasource());
      }
    }
    // Whatever types prepare is there by now.
    for (var type : types) {
      for (int i = 0; i < type.applyExtras().hooks().size(); i++) {
        if (type.applyExtras().hooks().get(i) instanceof Hook.Sql hook
            && !away.contains(hook.datasource())
            && !checked(type, "/after_apply/" + i + "/sql/statement", hook, lines)) {
          away.add(hook.datasource());
        }
      }
    }
    if (!lines.isEmpty()) {
      throw new TypeFileException(lines);
    }
  }

  /** False if the datasource cannot be reached. */
  private boolean checked(OrderType type, String pointer, Hook.Sql hook, List<String> lines) {
    try {
      var problems =
          SqlCheck.run(pool(type, hook.datasource()), HookSql.isOwn(hook), pointer, hook);
      problems.forEach(problem -> lines.add(line(type, hook.datasource(), problem)));
      return true;
    } catch (StorageException e) {
      throw e;
    } catch (Exception e) {
      // Awaiting throws a future's own failure, checked or not.
      if (SqlState.isUnavailable(e) && !HookSql.isOwn(hook)) {
        LOG.atWarn()
            .addKeyValue("type", type.name())
            .log(
                "Datasource {} cannot be reached: a statement of the type is not checked",
                hook.datasource());
        return false;
      }
      throw new StorageException(
          "Order type %s: its statements cannot be checked on datasource %s: %s"
              .formatted(type.name(), hook.datasource(), e.getMessage()),
          e);
    }
  }

  private Pool pool(OrderType type, String datasource) {
    var pool = datasource.equals(OWN) ? own : datasources.get(datasource);
    if (pool == null) {
      throw new StorageException(
          "Order type %s: %s"
              .formatted(type.name(), ForeignSqlApplier.unknown(datasource, datasources.keySet())));
    }
    return pool;
  }

  /** False if the datasource cannot be reached. */
  private boolean prepared(OrderType type, ApplySpec.Sql sql, List<String> lines) {
    try {
      prepare(type, sql);
      return true;
    } catch (Refused e) {
      lines.addAll(e.lines);
      return true;
    } catch (StorageException e) {
      throw e;
    } catch (Exception e) {
      // Awaiting throws a future's own failure, checked or not.
      boolean away = SqlState.isUnavailable(e);
      if (away && !sql.datasource().equals(OWN)) {
        return false;
      }
      throw new StorageException(
          "Order type %s: datasource %s cannot be %s: %s"
              .formatted(
                  type.name(),
                  sql.datasource(),
                  away ? "reached" : "prepared",
                  e instanceof PgException refusal ? refusal.getErrorMessage() : e.getMessage()),
          e);
    }
  }

  /**
   * Makes up for a datasource that could not be reached when the node started.
   *
   * @return what its database refuses of the type, one line each; empty if it is ready
   * @throws RuntimeException if the datasource still cannot be reached, among others the driver's
   */
  List<String> makeUp(String type, String version) {
    var key = new Version(type, version);
    var leftOver = left.get(key);
    if (leftOver == null || !(leftOver.apply() instanceof ApplySpec.Sql sql)) {
      return List.of();
    }
    try {
      prepare(leftOver, sql);
      left.remove(key);
      return List.of();
    } catch (Refused e) {
      return e.lines;
    }
  }

  private void prepare(OrderType type, ApplySpec.Sql sql) {
    boolean isOwn = sql.datasource().equals(OWN);
    var pool = pool(type, sql.datasource());
    new Tx(pool)
        .run(
            connection -> {
              if (!isOwn) {
                Ledger.create(connection);
              }
              return isOwn
                  ? PublicSchema.within(connection, () -> statements(connection, type, sql))
                  : statements(connection, type, sql);
            });
    var problems = SqlCheck.run(pool, isOwn, sql);
    if (!problems.isEmpty()) {
      throw new Refused(
          problems.stream().map(problem -> line(type, sql.datasource(), problem)).toList());
    }
  }

  private static Void statements(SqlConnection connection, OrderType type, ApplySpec.Sql sql) {
    connection.query(QUIET).execute().await();
    connection.query(LOCK).execute().await();
    for (int i = 0; i < sql.setup().size(); i++) {
      var statement = sql.setup().get(i);
      try {
        connection.query(statement).execute().await();
      } catch (PgException e) {
        if (SqlState.isUnavailable(e)) {
          throw e;
        }
        var pointer = "/apply/sql/setup/" + i;
        throw new Refused(
            List.of(
                line(type, sql.datasource(), SqlProblem.of(pointer, statement, statement, 0, e))));
      }
    }
    return null;
  }

  private static String line(OrderType type, String datasource, SqlProblem problem) {
    var cause = "refused by datasource %s: %s".formatted(datasource, problem.cause());
    return type instanceof DeclarativeType declared
        ? declared.fault(problem.pointer(), problem.text(), problem.line(), cause)
        : "type %s: %s: %s"
            .formatted(type.name(), problem.pointer().substring(1).replace('/', '.'), cause);
  }
}
