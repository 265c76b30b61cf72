package dev.orderly.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * graphile-worker, a job queue on PostgreSQL in JavaScript, on the same database. Needs node and
 * npm.
 */
final class Peer {
  private static final int CONCURRENCY = 24;

  /** The size that its makers published their figures with. */
  static final int ITS_OWN_SIZE = 500;

  private static final int LONGEST_MINUTES = 5;

  /** More than it can do in the time. */
  private static final int UNBATCHED_PER_SECOND = 8_000;

  private static final int BATCHED_PER_SECOND = 60_000;

  private final Path directory;
  private final String databaseUrl;

  /**
   * @param directory where it is installed; kept for the next time
   */
  private Peer(Path directory, String databaseUrl) {
    this.directory = directory;
    this.databaseUrl = databaseUrl;
  }

  /**
   * @param sources its package.json and program
   */
  static Peer install(Path sources, Path directory, String databaseUrl)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    for (var name : List.of("package.json", "bench.mjs")) {
      Files.copy(
          sources.resolve(name), directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    var peer = new Peer(directory, databaseUrl);
    if (!Files.isDirectory(directory.resolve("node_modules/graphile-worker"))) {
      peer.run(List.of("npm", "install", "--no-audit", "--no-fund", "--silent"));
    }
    return peer;
  }

  /** A statement to take each job and one to complete it. */
  double unbatched(int warmUpSeconds, int seconds) throws IOException, InterruptedException {
    return measure(UNBATCHED_PER_SECOND, warmUpSeconds, seconds, 0);
  }

  /**
   * Its local queue: many jobs a statement.
   *
   * @param size how many jobs it takes at once
   */
  double batched(int size, int warmUpSeconds, int seconds)
      throws IOException, InterruptedException {
    return measure(BATCHED_PER_SECOND, warmUpSeconds, seconds, size);
  }

  private double measure(int jobsPerSecond, int warmUpSeconds, int seconds, int localQueue)
      throws IOException, InterruptedException {
    int jobs = jobsPerSecond * (warmUpSeconds + seconds);
    var printed =
        run(
            List.of(
                "node",
                "bench.mjs",
                "" + jobs,
                "" + warmUpSeconds,
                "" + seconds,
                "" + CONCURRENCY,
                "" + localQueue));
    var result = new JsonObject(printed.lines().reduce((first, last) -> last).orElseThrow());
    if (result.getInteger("leftOver") <= 0) {
      throw new IllegalStateException("graphile-worker ran out of jobs: " + result);
    }
    return result.getDouble("perSecond");
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    var errors = directory.resolve("errors.log");
    var builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectError(errors.toFile());
    builder.environment().put("DATABASE_URL", databaseUrl);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes());
    if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IllegalStateException(
          "%s failed: %s %s".formatted(command, output, Files.readString(errors)));
    }
    return output;
  }
}
