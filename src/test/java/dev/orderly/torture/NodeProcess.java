package dev.orderly.torture;

import java.io.IOException;
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

/** A node of the packaged distribution. It keeps its place through restarts. */
final class NodeProcess {
  private static final Duration START_LIMIT = Duration.ofSeconds(120);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  /**
   * @param inside what the command is run by, to be inside a network of its own; may be empty
   * @param url where it serves
   * @param data its files; nodes may share them
   * @param environment its configuration
   */
  record Place(
      String name,
      List<String> inside,
      URI url,
      Path data,
      Path log,
      Map<String, String> environment) {}

  private final Path launcher;
  private final Place place;
  private Child process;
  private long from;

  NodeProcess(Path launcher, Place place) {
    this.launcher = launcher;
    this.place = place;
  }

  /** Starts it; {@link #awaitReady} waits until it serves. */
  void start() throws IOException {
    from = Files.exists(place.log()) ? Files.size(place.log()) : 0;
    var command = new ArrayList<>(place.inside());
    command.addAll(
        List.of(
            launcher.toString(),
            "start",
            "--host",
            place.url().getHost(),
            "--port",
            Integer.toString(place.url().getPort()),
            "--data",
            place.data().toString()));
    process = Child.start(command, place.environment(), place.log());
  }

  void awaitReady() throws IOException {
    process.awaitLine("Orderly is ready", from, START_LIMIT);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void kill() {
    process.kill();
  }

  /** Asks it to stop; true if it did so in time. */
  boolean stop() {
    return process.stop(STOP_LIMIT);
  }

  void freeze() {
    process.freeze();
  }

  void thaw() {
    process.thaw();
  }

  /** What it has counted under a name since it was started. */
  long counted(HttpClient http, String metric) {
    var request =
        HttpRequest.newBuilder(url().resolve("/metrics")).timeout(Duration.ofSeconds(5)).build();
    try {
      return http.send(request, BodyHandlers.ofLines())
          .body()
          .filter(line -> line.startsWith(metric + " "))
          .mapToLong(line -> (long) Double.parseDouble(line.substring(metric.length() + 1)))
          .sum();
    } catch (IOException e) {
      throw new IllegalStateException(name() + " does not tell its metrics", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String name() {
    return place.name();
  }

  URI url() {
    return place.url();
  }

  String adminToken() throws IOException {
    return Files.readString(place.data().resolve("admin.token")).strip();
  }
}
