package dev.orderly.storage.embedded;

import dev.orderly.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operating system's process of a PostgreSQL server, told by the server's files. */
final class ServerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  private ServerProcess() {}

  /** The server that runs on these files, if one does. */
  static Optional<ProcessHandle> on(Path files) throws IOException {
    var pidFile = files.resolve("postmaster.pid");
    return Files.exists(pidFile)
        ? named(Files.readAllLines(pidFile), files.toString())
        : Optional.empty();
  }

  /** Its number may long be another process's. */
  private static Optional<ProcessHandle> named(List<String> pidFile, String files) {
    try {
      return pidFile.stream()
          .findFirst()
          .flatMap(line -> ProcessHandle.of(Long.parseLong(line.strip())))
          .filter(
              process ->
                  process
                      .info()
                      .commandLine()
                      .map(line -> line.contains("postgres") && line.contains(files))
                      .orElse(false));
    } catch (NumberFormatException e) {
      LOG.warn("The PostgreSQL server's process file is torn; taking it that it does not run");
      return Optional.empty();
    }
  }

  /**
   * A node that was killed leaves its server running. The caller holds the directory's lock, so it
   * is nobody's.
   *
   * @throws StorageException if it does not stop
   */
  static void stopOrphan(Path files) throws IOException {
    var process = on(files);
    if (process.isEmpty()) {
      return;
    }
    LOG.info("Stopping the PostgreSQL server that a killed node left behind");
    // SIGINT is PostgreSQL's fast shutdown; the JDK can send only SIGTERM, which waits for clients.
    new ProcessBuilder("kill", "-INT", Long.toString(process.get().pid())).start();
    try {
      process.get().onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new StorageException(
          "An earlier PostgreSQL server (process %d) does not stop".formatted(process.get().pid()),
          e);
    }
  }
}
