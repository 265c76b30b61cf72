package dev.orderly.torture;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipFile;

/** A Redis server that keeps nothing: each start, on the same port, finds it empty. */
final class RedisProcess {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String READY = "Ready to accept connections";

  private final String executable;
  private final Path log;
  private final int port;
  private Child process;

  private RedisProcess(String executable, Path log) throws IOException {
    this.executable = executable;
    this.log = log;
    this.port = DatabaseProcess.freePort();
  }

  /**
   * That of the PATH, or else one that the library embedded-redis carries for this platform, if the
   * library is on our class path.
   *
   * @param directory for its files
   * @throws IllegalStateException if there is none that runs here
   */
  static RedisProcess find(Path directory) throws IOException {
    var why = new ArrayList<String>();
    var log = directory.resolve("redis.log");
    if (runs("redis-server")) {
      return new RedisProcess("redis-server", log);
    }
    why.add("there is no redis-server on the PATH that runs");
    for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      var file = Path.of(entry);
      if (file.getFileName() != null && file.getFileName().toString().contains("embedded-redis")) {
        var carried = carried(file, directory);
        if (carried != null) {
          return new RedisProcess(carried, log);
        }
        why.add("none of %s runs".formatted(file));
      }
    }
    if (why.size() == 1) {
      why.add("there is no embedded-redis, which the project's tests bring along");
    }
    throw new IllegalStateException("No Redis can be started: " + String.join("; ", why));
  }

  /** The first that runs: some need libraries that the machine may not have. */
  private static String carried(Path library, Path directory) throws IOException {
    var system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    var platform = "-" + (system.startsWith("mac") ? "darwin" : system) + "-";
    try (var archive = new ZipFile(library.toFile())) {
      for (var entry : archive.stream().toList()) {
        if (entry.getName().startsWith("redis-server-") && entry.getName().contains(platform)) {
          var file = directory.resolve("redis-server");
          try (var bytes = archive.getInputStream(entry)) {
            Files.copy(bytes, file, StandardCopyOption.REPLACE_EXISTING);
          }
          if (file.toFile().setExecutable(true) && runs(file.toString())) {
            return file.toString();
          }
          Files.delete(file);
        }
      }
    }
    return null;
  }

  private static boolean runs(String executable) {
    try {
      return Child.run(List.of(executable, "--version"));
    } catch (IOException e) {
      return false;
    }
  }

  void start() throws IOException {
    long from = Files.exists(log) ? Files.size(log) : 0;
    process =
        Child.start(
            List.of(
                executable,
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no"),
            Map.of(),
            log);
    process.awaitText(READY, from, LIMIT);
  }

  /** SIGTERM. */
  void stop() {
    process.stop(LIMIT);
  }

  /** Whether or not it runs. */
  void kill() {
    if (process != null) {
      process.kill();
    }
  }

  /** Connections stay open and get no answer. */
  void freeze() {
    process.freeze();
  }

  void thaw() {
    process.thaw();
  }

  int port() {
    return port;
  }
}
