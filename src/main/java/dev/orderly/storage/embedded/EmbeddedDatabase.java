package dev.orderly.storage.embedded;

import dev.orderly.storage.DatabaseAddress;
import dev.orderly.storage.PrivateFiles;
import dev.orderly.storage.StorageException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server of our own whose files stay under the data directory. It is durable (fsync
 * on) and asks for a password, which stands beside its files for their owner only.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final String USER = "postgres";
  private static final String DATABASE = "postgres";
  private static final int ANY_PORT = 0;
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final String HBA =
      "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n";

  private final Path files;
  private final DirectoryLock lock;
  private final EmbeddedPostgres server;
  private final DatabaseAddress address;

  private EmbeddedDatabase(
      Path files, DirectoryLock lock, EmbeddedPostgres server, DatabaseAddress address) {
    this.files = files;
    this.lock = lock;
    this.server = server;
    this.address = address;
  }

  /**
   * Starts the server, creating its files on first use.
   *
   * @param dataDirectory created if missing
   * @throws StorageException if another node uses the directory or the server does not start
   */
  public static EmbeddedDatabase start(Path dataDirectory) {
    return start(dataDirectory, ANY_PORT);
  }

  /**
   * As {@link #start(Path)}, on a port of the caller's.
   *
   * @param port 0 for the one it had before, or any free one
   */
  public static EmbeddedDatabase start(Path dataDirectory, int port) {
    var home = dataDirectory.toAbsolutePath().normalize();
    DirectoryLock lock = null;
    try {
      PrivateFiles.createDirectory(home);
      lock = DirectoryLock.of(home);
      var files = home.resolve("postgres");
      ServerProcess.stopOrphan(files);
      var binaries = home.resolve("postgres-bin");
      PrivateFiles.createDirectory(binaries);
      deleteHalfUnpacked(binaries);
      // Written once the server asks for its password: before, nobody was served and nothing is
      // lost.
      var finished = files.resolve("orderly.finished");
      if (!Files.exists(finished)) {
        deleteAll(files);
      }
      var passwordFile = home.resolve("postgres.password");
      if (!Files.exists(passwordFile)) {
        requireNoData(finished, passwordFile);
        PrivateFiles.write(passwordFile, newPassword());
      }
      var password = Files.readString(passwordFile).strip();
      var urlFile = home.resolve("postgres.url");
      int chosen = port == ANY_PORT ? LastPort.of(urlFile) : port;
      var server = launch(home, files, chosen, Files.exists(finished) ? password : "");
      // The library opens it to all, and whoever may write here may choose what this node runs.
      PrivateFiles.restrict(binaries);
      if (!Files.exists(finished)) {
        demandPassword(server, files, password);
        Files.createFile(finished);
      }
      var address = new DatabaseAddress("127.0.0.1", server.getPort(), DATABASE, USER, password);
      PrivateFiles.write(urlFile, address.url() + "\n");
      return new EmbeddedDatabase(files, lock, server, address);
    } catch (IOException | SQLException | IllegalStateException e) {
      release(lock);
      throw new StorageException(
          "The embedded PostgreSQL under %s did not start: %s".formatted(home, reason(e)), e);
    } catch (StorageException e) {
      release(lock);
      throw e;
    }
  }

  public DatabaseAddress address() {
    return address;
  }

  /**
   * Completes when the server has ended, whoever ended it.
   *
   * @throws IOException if the server's process cannot be told
   */
  public CompletableFuture<?> onExit() throws IOException {
    return ServerProcess.on(files)
        .map(ProcessHandle::onExit)
        .orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  /** Stops the server; what was committed stays. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      LOG.warn("The embedded PostgreSQL did not stop cleanly", e);
    } finally {
      lock.close();
    }
  }

  private static EmbeddedPostgres launch(Path home, Path files, int port, String password)
      throws IOException {
    var builder =
        EmbeddedPostgres.builder()
            .setOverrideWorkingDirectory(home.resolve("postgres-bin").toFile())
            .setDataDirectory(files)
            .setCleanDataDirectory(false)
            .setRegisterShutdownHook(false)
            .setPGStartupWait(START_LIMIT)
            // The library aims at throwaway tests and turns these off; here they are the promise.
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("unix_socket_directories", "''")
            .setServerConfig("max_connections", "100")
            .setServerConfig("shared_buffers", SharedBuffers.ofThisMachine())
            .setServerConfig("max_wal_size", "2GB")
            // To fill each new file of the log with zeros first holds up every commit meanwhile.
            .setServerConfig("wal_init_zero", "off")
            // Queues want to be vacuumed often; the default looks once a minute.
            .setServerConfig("autovacuum_naptime", "10s");
    if (port != ANY_PORT) {
      builder.setPort(port);
    }
    if (!password.isEmpty()) {
      builder.setConnectConfig("password", password);
    }
    return builder.start();
  }

  private static void demandPassword(EmbeddedPostgres server, Path files, String password)
      throws SQLException, IOException {
    var url = "jdbc:postgresql://127.0.0.1:%d/%s".formatted(server.getPort(), DATABASE);
    try (Connection connection = DriverManager.getConnection(url, USER, "");
        var statement = connection.createStatement()) {
      statement.execute("alter role %s password '%s'".formatted(USER, password));
      Files.writeString(files.resolve("pg_hba.conf"), HBA);
      statement.execute("select pg_reload_conf()");
    }
  }

  private static void requireNoData(Path finished, Path passwordFile) {
    if (Files.exists(finished)) {
      throw new StorageException(
          "The embedded PostgreSQL's password file %s is gone; without it its data cannot be read"
              .formatted(passwordFile));
    }
  }

  /** The library marks what it has unpacked; without the mark it cannot go on from there. */
  private static void deleteHalfUnpacked(Path binaries) throws IOException {
    try (var unpacked = Files.list(binaries)) {
      for (var directory : unpacked.filter(Files::isDirectory).toList()) {
        if (!Files.exists(directory.resolve(".exists"))) {
          deleteAll(directory);
        }
      }
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static String newPassword() {
    var bytes = new byte[24];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void release(DirectoryLock lock) {
    if (lock != null) {
      lock.close();
    }
  }

  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case AccessDeniedException e -> "no permission for " + e.getMessage();
      case FileAlreadyExistsException e -> e.getMessage() + " is no directory";
      case NoSuchFileException e -> "there is no " + e.getMessage() + ", and it cannot be made";
      default -> cause.getMessage();
    };
  }
}
