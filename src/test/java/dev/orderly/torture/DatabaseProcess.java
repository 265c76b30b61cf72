package dev.orderly.torture;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** PostgreSQL by {@code orderly database}: restarted, killed, and always on the same port. */
final class DatabaseProcess {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final int TRIES = 10;

  private final Path launcher;
  private final Path data;
  private final Path log;
  private final int port;
  private Child process;

  DatabaseProcess(Path launcher, Path directory) throws IOException {
    this.launcher = launcher;
    this.data = directory.resolve("database");
    this.log = directory.resolve("database.log");
    this.port = freePort();
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  void start() throws IOException {
    for (int tries = 1; ; tries++) {
      long from = Files.exists(log) ? Files.size(log) : 0;
      process =
          Child.start(
              List.of(
                  launcher.toString(),
                  "database",
                  "--data",
                  data.toString(),
                  "--port",
                  Integer.toString(port)),
              Map.of(),
              log);
      try {
        process.awaitLine("postgresql://", from, START_LIMIT);
        return;
      } catch (IllegalStateException e) {
        // After a kill, processes of the old server may still hold its memory for a moment.
        process.stop(Duration.ofSeconds(5));
        if (tries == TRIES) {
          throw e;
        }
        Child.pause(200);
      }
    }
  }

  /** A fast shutdown: what runs is broken off. */
  void stop() {
    process.stop(Duration.ofSeconds(30));
  }

  /** SIGKILL of the server itself; {@code orderly database} sees that and ends. */
  void kill() throws IOException {
    var pid = Files.readAllLines(data.resolve("postgres/postmaster.pid")).getFirst().strip();
    Child.signal(Long.parseLong(pid), "KILL");
    if (!process.awaitEnd(Duration.ofSeconds(10))) {
      process.kill();
    }
  }

  int port() {
    return port;
  }

  /**
   * @param address where it is reached, as host:port
   */
  String urlAt(String address) throws IOException {
    var url = Files.readString(data.resolve("postgres.url")).strip();
    return url.replace("127.0.0.1:" + port, address);
  }

  /** As its own administrator, and past every proxy. */
  Connection connect() throws SQLException, IOException {
    var properties = new Properties();
    properties.put("user", "postgres");
    properties.put("password", Files.readString(data.resolve("postgres.password")).strip());
    properties.put("connectTimeout", "5");
    properties.put("socketTimeout", "60");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/postgres?currentSchema=orderly".formatted(port),
        properties);
  }
}
