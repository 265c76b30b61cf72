package dev.orderly.storage;

import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.util.PSQLState;

/** Brings the database to this version's schema. */
public final class Migrations {
  /** The schema that holds Orderly's own tables. */
  public static final String SCHEMA = "orderly";

  private static final int OLDEST_MAJOR = 14;

  private static final String DATABASE_ID =
      "select encode(value, 'hex') from " + SCHEMA + ".node_secrets where name = 'database-id'";

  private Migrations() {}

  /**
   * Checks that the database can be used, then migrates it. Several nodes may do so at once.
   *
   * @param connectTimeoutSeconds how long to wait for a connection
   * @throws StorageException if it is unreachable, refuses the connection, or is too old
   */
  public static void run(DatabaseAddress database, int connectTimeoutSeconds) {
    check(database, connectTimeoutSeconds);
    try {
      Flyway.configure()
          .dataSource(database.jdbcUrl(), database.user(), database.password())
          .schemas(SCHEMA)
          .locations("classpath:db/migration")
          .load()
          .migrate();
    } catch (FlywayException e) {
      throw new StorageException(
          "The database %s cannot be brought to this version's schema: %s"
              .formatted(database, firstLine(e)),
          e);
    }
  }

  /**
   * What tells this database from every other, made with its schema.
   *
   * @throws StorageException if it cannot be read
   */
  public static String databaseId(DatabaseAddress database, int connectTimeoutSeconds) {
    try (var connection = connect(database, connectTimeoutSeconds);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(DATABASE_ID)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new StorageException(
          "The database %s cannot be read: %s".formatted(database, firstLine(e)), e);
    }
  }

  private static Connection connect(DatabaseAddress database, int connectTimeoutSeconds)
      throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", database.user());
    properties.setProperty("password", database.password());
    properties.setProperty("connectTimeout", Integer.toString(connectTimeoutSeconds));
    properties.setProperty("socketTimeout", Integer.toString(connectTimeoutSeconds));
    return DriverManager.getConnection(database.jdbcUrl(), properties);
  }

  private static void check(DatabaseAddress database, int connectTimeoutSeconds) {
    try (var connection = connect(database, connectTimeoutSeconds)) {
      int major = connection.getMetaData().getDatabaseMajorVersion();
      if (major < OLDEST_MAJOR) {
        throw new StorageException(
            "The database %s is PostgreSQL %d; Orderly needs %d or newer"
                .formatted(database, major, OLDEST_MAJOR));
      }
    } catch (SQLException e) {
      var what =
          PSQLState.isConnectionError(e.getSQLState())
              ? "cannot be reached"
              : "refuses the connection";
      throw new StorageException("The database %s %s: %s".formatted(database, what, reason(e)), e);
    }
  }

  private static String reason(SQLException failure) {
    return failure.getCause() instanceof UnknownHostException
        ? "there is no host of this name"
        : firstLine(failure);
  }

  private static String firstLine(Throwable failure) {
    return failure.getMessage() == null
        ? failure.getClass().getSimpleName()
        : failure.getMessage().lines().findFirst().orElse("").strip();
  }
}
