package dev.orderly.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A process of ours. It is only ever signalled by its id, and never left behind. */
final class Child {
  private static final long POLL_MILLIS = 20;

  private final Process process;
  private final Path log;
  private final Thread ender;

  private Child(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.ender = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(ender);
  }

  /**
   * @param environment added to ours, of which what configures a node is left out
   * @param log what it prints is added there
   */
  static Child start(List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("ORDERLY_"));
    builder.environment().putAll(environment);
    return new Child(builder.start(), log);
  }

  /**
   * Waits for a line that begins in that way.
   *
   * @param from how much of the log is older
   * @return the line
   * @throws IllegalStateException if the process ends or the time is over before it comes
   */
  String awaitLine(String start, long from, Duration limit) throws IOException {
    return await(line -> line.startsWith(start), from, limit);
  }

  /** The same for a line that has it anywhere. */
  String awaitText(String text, long from, Duration limit) throws IOException {
    return await(line -> line.contains(text), from, limit);
  }

  private String await(Predicate<String> wanted, long from, Duration limit) throws IOException {
    long until = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean alive = process.isAlive();
      var text = Files.readString(log);
      var found =
          text.substring((int) Math.min(from, text.length())).lines().filter(wanted).findFirst();
      if (found.isPresent()) {
        return found.get();
      }
      if (!alive || System.nanoTime() > until) {
        throw new IllegalStateException(
            "Not started; %s ends with:%n%s"
                .formatted(log, text.substring(Math.max(0, text.length() - 2_000))));
      }
      pause(POLL_MILLIS);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /** SIGSTOP: it stands still and knows nothing of it. */
  void freeze() {
    signal(process.pid(), "STOP");
  }

  void thaw() {
    signal(process.pid(), "CONT");
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    awaitEnd(Duration.ofSeconds(10));
  }

  /**
   * SIGTERM, and SIGKILL if that is not heeded in time.
   *
   * @return whether it was
   */
  boolean stop(Duration limit) {
    process.destroy();
    if (awaitEnd(limit)) {
      return true;
    }
    kill();
    return false;
  }

  /** Tells the process, through its input, that we are gone: it ends by itself. */
  void hangUp() throws IOException {
    process.outputWriter().close();
  }

  boolean awaitEnd(Duration limit) {
    try {
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (ended) {
        Runtime.getRuntime().removeShutdownHook(ender);
      }
      return ended;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (IllegalStateException e) {
      // We are being shut down ourselves.
      return true;
    }
  }

  static void signal(long pid, String name) {
    try {
      run(List.of("kill", "-" + name, Long.toString(pid)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Runs a short command to its end.
   *
   * @return whether it ended well
   */
  static boolean run(List<String> command) throws IOException {
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
