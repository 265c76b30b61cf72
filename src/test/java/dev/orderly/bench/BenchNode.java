package dev.orderly.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A node of the packaged distribution as a process of its own, on a port of its own. */
final class BenchNode implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  // One that writes a start-up cache takes its time.
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(90);
  private static final long POLL_MILLIS = 5;

  private final Process process;
  private final URI url;
  private final Path data;
  private final Path log;
  private final Duration startup;

  private BenchNode(Process process, URI url, Path data, Path log, Duration startup) {
    this.process = process;
    this.url = url;
    this.data = data;
    this.log = log;
    this.startup = startup;
  }

  /**
   * Starts a node and waits until it is ready.
   *
   * @param types the directory of its order types
   * @param arguments added to those for port and data
   * @param environment added to this process's
   */
  static BenchNode start(
      Path launcher, Path data, Path types, List<String> arguments, Map<String, String> environment)
      throws IOException, InterruptedException {
    int port = freePort();
    var url = URI.create("http://127.0.0.1:" + port);
    Path log = data.resolveSibling("node.log");
    var command = new ArrayList<String>();
    command.add(launcher.toString());
    command.addAll(List.of("start", "--port", "" + port, "--data", data.toString()));
    command.addAll(arguments);
    long began = System.nanoTime();
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("ORDERLY_TYPES_PATHS", types.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    try (var http = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(url.resolve("/health/ready")).build();
      while (!ready(http, request)) {
        if (!process.isAlive() || System.nanoTime() - began > READY_WITHIN.toNanos()) {
          process.destroy();
          throw new IllegalStateException("The node did not start:\n" + Files.readString(log));
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
    return new BenchNode(process, url, data, log, Duration.ofNanos(System.nanoTime() - began));
  }

  private static boolean ready(HttpClient http, HttpRequest request) throws InterruptedException {
    try {
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false; // it does not listen yet
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  URI url() {
    return url;
  }

  /** From starting the process to the first 200 of its readiness. */
  Duration startup() {
    return startup;
  }

  String token() throws IOException {
    return Files.readString(data.resolve("admin.token")).strip();
  }

  /** Its own database's, or that of the one which the environment gives it. */
  String databaseUrl() throws IOException {
    var given = System.getenv("ORDERLY_STORAGE_URL");
    return given != null ? given : Files.readString(data.resolve("postgres.url")).strip();
  }

  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** The most memory that it ever had resident, in bytes; 0 where that cannot be read. */
  long maxResidentBytes() throws IOException {
    Path status = Path.of("/proc", "" + process.pid(), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  /** Asks it to stop and waits until it has. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (process.waitFor(STOPPED_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    throw new IllegalStateException("The node did not stop:\n" + Files.readString(log));
  }
}
