package dev.orderly.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.sql.DriverManager;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both drivers, on a server whose certificate is for 127.0.0.1. */
class TlsTest {
  private static final String PASSWORD = "changeit";

  @TempDir static Path dir;

  private static Vertx vertx;
  private static EmbeddedDatabase server;
  private static Path itsAuthority;
  private static Path anotherAuthority;

  @BeforeAll
  static void start() throws Exception {
    itsAuthority = certificate("server");
    anotherAuthority = certificate("another");
    vertx = Vertx.vertx();
    server = EmbeddedDatabase.start(dir.resolve("data"));
    var key = dir.resolve("server.key").toString();
    try (var connection =
            DriverManager.getConnection(
                server.address().jdbcUrl(), server.address().user(), server.address().password());
        var sql = connection.createStatement()) {
      sql.execute("alter system set ssl_cert_file = '%s'".formatted(itsAuthority));
      sql.execute("alter system set ssl_key_file = '%s'".formatted(key));
      sql.execute("alter system set ssl = on");
      sql.execute("select pg_reload_conf()");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
    await(vertx.close());
  }

  /** A certificate that is its own authority, and its key. */
  private static Path certificate(String name) throws Exception {
    var store = dir.resolve(name + ".p12");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "RSA",
                "-keysize",
                "2048",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1",
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    var keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    var key = keys.getKey(name, PASSWORD.toCharArray()).getEncoded();
    var file = Files.writeString(dir.resolve(name + ".key"), pem("PRIVATE KEY", key));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    var certificate = keys.getCertificate(name).getEncoded();
    return Files.writeString(dir.resolve(name + ".pem"), pem("CERTIFICATE", certificate));
  }

  private static String pem(String what, byte[] bytes) {
    var text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(what, text);
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
