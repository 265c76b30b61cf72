package dev.orderly.testing;

import dev.orderly.storage.DatabaseAddress;
import dev.orderly.storage.Migrations;
import dev.orderly.storage.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;

/** The one PostgreSQL server of this JVM; databases are copied from a migrated template. */
final class TestServer {
  /** A quarter of an hour off, so that whoever mixes local with universal time is found out. */
  static final String TIME_ZONE = "Asia/Kathmandu";

  private static final String TEMPLATE = "orderly_template";
  private static final int CONNECT_TIMEOUT_SECONDS = 10;
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static TestServer instance;

  private final DatabaseAddress server;

  private TestServer(DatabaseAddress server) {
    this.server = server;
    sql("create database " + TEMPLATE);
    Migrations.run(database(TEMPLATE), CONNECT_TIMEOUT_SECONDS);
  }

  static synchronized TestServer get() {
    if (instance == null) {
      try {
        var files = Files.createTempDirectory("orderly-test");
        var embedded = EmbeddedDatabase.start(files);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> discard(embedded, files)));
        instance = new TestServer(embedded.address());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return instance;
  }

  /** A database of its own: with Orderly's schema, or empty. */
  synchronized DatabaseAddress create(boolean migrated) {
    var name = "test_" + NUMBER.incrementAndGet();
    sql("create database " + name + (migrated ? " template " + TEMPLATE : ""));
    sql("alter database %s set timezone = '%s'".formatted(name, TIME_ZONE));
    return database(name);
  }

  /** Ends its connections, if there are any. */
  void drop(DatabaseAddress database) {
    sql("drop database " + database.database() + " with (force)");
  }

  private DatabaseAddress database(String name) {
    return new DatabaseAddress(
        server.host(), server.port(), name, server.user(), server.password());
  }

  private void sql(String statement) {
    try (var connection =
            DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
        var sql = connection.createStatement()) {
      sql.execute(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(statement, e);
    }
  }

  private static void discard(EmbeddedDatabase embedded, Path files) {
    embedded.close();
    try (var all = Files.walk(files)) {
      for (var file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.err.println("The test server's files stay: " + e);
    }
  }
}
