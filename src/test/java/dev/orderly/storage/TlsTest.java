package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.storage.embedded.EmbeddedDatabase;
import dev.orderly.testing.TestCertificate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.SslMode;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both drivers, on a server whose certificate is for 127.0.0.1. */
class TlsTest {

  @TempDir static Path dir;

  private static Vertx vertx;
  private static EmbeddedDatabase server;
  private static Path itsAuthority;
  private static Path anotherAuthority;

  @BeforeAll
  static void start() throws Exception {
    var own = TestCertificate.make(dir, "server", "ip:127.0.0.1");
    itsAuthority = own.certificate();
    anotherAuthority = TestCertificate.make(dir, "another", "ip:127.0.0.1").certificate();
    vertx = Vertx.vertx();
    server = EmbeddedDatabase.start(dir.resolve("data"));
    try (var connection =
            DriverManager.getConnection(
                server.address().jdbcUrl(), server.address().user(), server.address().password());
        var sql = connection.createStatement()) {
      sql.execute("alter system set ssl_cert_file = '%s'".formatted(itsAuthority));
      sql.execute("alter system set ssl_key_file = '%s'".formatted(own.key()));
      sql.execute("alter system set ssl = on");
      sql.execute("select pg_reload_conf()");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
    await(vertx.close());
  }

  private static DatabaseAddress at(String host, SslMode mode, Path authority) {
    var address = server.address();
    return new DatabaseAddress(
        host,
        address.port(),
        address.database(),
        address.user(),
        address.password(),
        new Tls(mode, authority));
  }

  /** Whether the connections of both drivers are encrypted; fails if they cannot be made. */
  private static boolean encrypted(DatabaseAddress address) throws Exception {
    var ask = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
    boolean jdbc;
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var rows = connection.createStatement().executeQuery(ask)) {
      rows.next();
      jdbc = rows.getBoolean(1);
    }
    var pool = Database.connect(vertx, "tls", address, 1, 10, "public");
    try {
      boolean pooled = await(pool.query(ask).execute()).iterator().next().getBoolean(0);
      assertThat(pooled).isEqualTo(jdbc);
      return pooled;
    } finally {
      await(pool.close());
    }
  }

  private static void refused(DatabaseAddress address) {
    assertThatThrownBy(
            () ->
                DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password()))
        .isInstanceOf(java.sql.SQLException.class);
    var pool = Database.connect(vertx, "tls", address, 1, 10, "public");
    assertThatThrownBy(() -> await(pool.query("select 1").execute()))
        .hasRootCauseMessage("SSL handshake failed");
    await(pool.close());
  }

  @ParameterizedTest
  @EnumSource(names = {"PREFER", "REQUIRE"})
  void encryptsWithoutAskingWhoTheServerIs(SslMode mode) throws Exception {
    assertThat(encrypted(at("127.0.0.1", mode, null))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"DISABLE", "ALLOW"})
  void doesNotEncryptWhereItNeedNot(SslMode mode) throws Exception {
    assertThat(encrypted(at("127.0.0.1", mode, null))).isFalse();
  }

  @Test
  void verifiesTheServersAuthority() throws Exception {
    assertThat(encrypted(at("localhost", SslMode.VERIFY_CA, itsAuthority))).isTrue();
    refused(at("127.0.0.1", SslMode.VERIFY_CA, anotherAuthority));
  }

  @Test
  void verifiesTheServersNameToo() throws Exception {
    assertThat(encrypted(at("127.0.0.1", SslMode.VERIFY_FULL, itsAuthority))).isTrue();
    refused(at("localhost", SslMode.VERIFY_FULL, itsAuthority));
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }
}
