import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A node of the packaged distribution, run as a process of its own. */
final class DemoNode {
  private static final Pattern URL = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(15);
  private static final long POLL_MILLIS = 50;

  private final Path launcher;
  private final Path data;
  private final Path log;
  private Process process;
  private URI url;

  /**
   * @param data where the node keeps its data; made if there is none
   */
  DemoNode(Path launcher, Path data, Path log) {
    this.launcher = launcher;
    this.data = data;
    this.log = log;
  }

  /** Starts it, on any free port or on the one it had, and waits until it is ready. */
  void start() throws IOException, InterruptedException {
    String port = url == null ? "0" : String.valueOf(url.getPort());
    Files.deleteIfExists(log);
    process =
        new ProcessBuilder(launcher.toString(), "start", "--port", port, "--data", data.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    long deadline = System.nanoTime() + READY_WITHIN.toNanos();
    while (!ready()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("The node did not start:\n" + tail());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private boolean ready() throws IOException, InterruptedException {
    var printed = URL.matcher(Files.readString(log));
    if (!printed.find()) {
      return false;
    }
    url = URI.create(printed.group());
    var request = HttpRequest.newBuilder(url.resolve("/health/ready")).build();
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // it does not listen yet
    }
  }

  URI url() {
    return url;
  }

  long pid() {
    return process.pid();
  }

  Path tokenFile() {
    return data.resolve("admin.token");
  }

  Path databaseUrlFile() {
    return data.resolve("postgres.url");
  }

  /** kill -9, then a new start on the same data. */
  void killAndStart(String when) throws IOException, InterruptedException {
    long killed = pid();
    process.destroyForcibly().waitFor();
    System.out.println("The node (process " + killed + ") killed with SIGKILL " + when);
    start();
    System.out.println("The node is back as process " + pid());
  }

  /** Asks it to stop, ends it if it does not, and ends its database if that was left behind. */
  void stop() {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    endDatabase();
  }

  private void endDatabase() {
    try (Stream<Path> files = Files.find(data, 4, (file, _) -> file.endsWith("postmaster.pid"))) {
      for (Path file : files.toList()) {
        long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
        var database = ProcessHandle.of(pid);
        database.ifPresent(ProcessHandle::destroy);
        database.ifPresent(handle -> handle.onExit().orTimeout(10, TimeUnit.SECONDS).join());
      }
    } catch (Exception e) {
      System.err.println("A database under " + data + " may still run: " + e);
    }
  }

  private String tail() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }
}
