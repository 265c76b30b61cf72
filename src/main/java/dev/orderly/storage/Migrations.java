package dev.orderly.storage;

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

  private Migrations() {}

  /**
   * Checks that the database can be used, then migrates it. Several nodes may do so at once.
   *
   * @param connectTimeoutSeconds how long to wait for a connection
   * @throws StorageException if it is unreachable, refuses the login, or is too old
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

  private static void check(DatabaseAddress database, int connectTimeoutSeconds) {
    var properties = new Properties();
    properties.setProperty("user", database.user());
    properties.setProperty("password", database.password());
    properties.setProperty("connectTimeout", Integer.toString(connectTimeoutSeconds));
    properties.setProperty("socketTimeout", Integer.toString(connectTimeoutSeconds));
    try (var connection = DriverManager.getConnection(database.jdbcUrl(), properties)) {
      int major = connection.getMetaData().getDatabaseMajorVersion();
      if (major < OLDEST_MAJOR) {
        throw new StorageException(
            "The database %s is PostgreSQL %d; Orderly needs %d or newer"
                .formatted(database, major, OLDEST_MAJOR));
      }
    } catch (SQLException e) {
      var what =
          PSQLState.isConnectionError(e.getSQLState()) ? "cannot be reached" : "refuses the login";
      throw new StorageException(
          "The database %s %s: %s".formatted(database, what, firstLine(e)), e);
    }
  }

  private static String firstLine(Throwable failure) {
    return failure.getMessage() == null
        ? failure.getClass().getSimpleName()
        : failure.getMessage().lines().findFirst().orElse("").strip();
  }
}
