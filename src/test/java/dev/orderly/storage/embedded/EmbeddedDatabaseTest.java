package dev.orderly.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.storage.StorageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedDatabaseTest {
  @TempDir Path home;

  private static Connection connect(EmbeddedDatabase database) throws SQLException {
    var address = database.address();
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  private static String ask(EmbeddedDatabase database, String sql) throws SQLException {
    try (var connection = connect(database);
        var rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Test
  void isDurableAndAsksForAPassword() throws SQLException {
    try (var database = EmbeddedDatabase.start(home)) {
      assertThat(ask(database, "show fsync")).isEqualTo("on");
      assertThat(ask(database, "show synchronous_commit")).isEqualTo("on");
      assertThat(ask(database, "show full_page_writes")).isEqualTo("on");
      assertThat(ask(database, "show listen_addresses")).isEqualTo("127.0.0.1");
      assertThatThrownBy(
              () -> DriverManager.getConnection(database.address().jdbcUrl(), "postgres", "wrong"))
          .hasMessageContaining("password authentication failed");
    }
  }

  @Test
  void keepsItsDataAndItsSecretsToItself() throws SQLException, IOException {
    try (var database = EmbeddedDatabase.start(home);
        var connection = connect(database)) {
      connection.createStatement().execute("create table kept as select 42 as n");
    }
    try (var database = EmbeddedDatabase.start(home)) {
      assertThat(ask(database, "select n from kept")).isEqualTo("42");
    }
    for (var file : new String[] {"postgres.password", "postgres.url"}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(file))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void isFoundWhereItWasBeforeUnlessAnotherHasItsPort() throws IOException {
    int port;
    try (var database = EmbeddedDatabase.start(home)) {
      port = database.address().port();
    }
    try (var database = EmbeddedDatabase.start(home)) {
      assertThat(database.address().port()).isEqualTo(port);
    }
    try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        var database = EmbeddedDatabase.start(home)) {
      assertThat(database.address().port()).isNotEqualTo(taken.getLocalPort());
    }
  }

  @Test
  void refusesADirectoryThatAnotherNodeUses() {
    try (var database = EmbeddedDatabase.start(home)) {
      assertThat(database.address().host()).isEqualTo("127.0.0.1");
      assertThatThrownBy(() -> EmbeddedDatabase.start(home))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("in use by another Orderly node");
    }
  }

  /** As a kill in the middle of the very first start leaves it. */
  @Test
  void beginsAnewWhatAKilledFirstStartLeft() throws SQLException, IOException {
    Files.createDirectories(home.resolve("postgres-bin/PG-half/lib"));
    Files.createDirectories(home.resolve("postgres"));
    Files.writeString(home.resolve("postgres/postgresql.conf"), "half");

    try (var database = EmbeddedDatabase.start(home)) {
      assertThat(ask(database, "select 1")).isEqualTo("1");
    }
    assertThat(home.resolve("postgres-bin/PG-half")).doesNotExist();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("postgres-bin"))))
        .isEqualTo("rwx------");
  }
}
