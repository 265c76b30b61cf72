package dev.orderly.applying.sql;

import dev.orderly.storage.SqlState;
import dev.orderly.storage.StorageException;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;

/** Prepares what order types write to, before the node takes orders. */
public final class SqlSetup {
  /** The name under which types mean Orderly's own database. */
  public static final String OWN = "orderly";

  // Nodes start together, and "if not exists" does not serialise.
  private static final String LOCK = "select pg_advisory_xact_lock(7311148, 2)";

  /** "if not exists" tells at each start what it skips. */
  private static final String QUIET = "set local client_min_messages = warning";

  private final Pool own;
  private final Map<String, Pool> datasources;

  /**
   * @param datasources other databases by the names that types give
   */
  public SqlSetup(Pool own, Map<String, Pool> datasources) {
    this.own = own;
    this.datasources = Map.copyOf(datasources);
  }

  /**
   * Runs each type's setup statements on its datasource, each type in one transaction: in Orderly's
   * own database in the public schema, elsewhere wherever the pool's connections look. May await,
   * so not for event loops.
   *
   * @throws StorageException naming the type and the statement that failed
   */
  public void run(List<OrderType> types) {
    for (var type : types) {
      if (type.apply() instanceof ApplySpec.Sql sql) {
        run(type, sql);
      }
    }
  }

  private void run(OrderType type, ApplySpec.Sql sql) {
    boolean isOwn = sql.datasource().equals(OWN);
    var pool = isOwn ? own : datasources.get(sql.datasource());
    if (pool == null) {
      throw new StorageException(
          "Order type %s: %s"
              .formatted(
                  type.name(), ForeignSqlApplier.unknown(sql.datasource(), datasources.keySet())));
    }
    try {
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
    } catch (PgException e) {
      throw new StorageException(
          "Order type %s: datasource %s cannot be prepared: %s"
              .formatted(type.name(), sql.datasource(), e.getErrorMessage()),
          e);
    } catch (StorageException e) {
      throw e;
    } catch (Exception e) {
      // Awaiting throws a future's own failure, checked or not.
      throw new StorageException(
          "Order type %s: datasource %s cannot be reached: %s"
              .formatted(type.name(), sql.datasource(), e.getMessage()),
          e);
    }
  }

  private static Void statements(SqlConnection connection, OrderType type, ApplySpec.Sql sql) {
    connection.query(QUIET).execute().await();
    connection.query(LOCK).execute().await();
    for (int i = 0; i < sql.setup().size(); i++) {
      try {
        connection.query(sql.setup().get(i)).execute().await();
      } catch (PgException e) {
        if (SqlState.isUnavailable(e)) {
          throw e;
        }
        throw new StorageException(
            "Order type %s: setup statement %d of %d failed on datasource %s: %s"
                .formatted(
                    type.name(), i + 1, sql.setup().size(), sql.datasource(), e.getErrorMessage()),
            e);
      }
    }
    return null;
  }
}
