package dev.orderly;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped package as an operator starts and stops it. */
class DistributionIT {
  private static final Path LAUNCHER = Path.of("target/orderly/bin/orderly").toAbsolutePath();
  private static final Pattern URL = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");
  private static final String ONE_CITY =
      """
      {"type": "city.tiers.classify", "payload": {"cities": [
        {"city_id": 2950159, "name": "Berlin", "country": "DE", "population": 3426354}]}}\
      """;
  private static final long READY_WITHIN_SECONDS = 120;
  private static final long STOPPED_WITHIN_SECONDS = 10;

  private final List<Process> started = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void endWhatIsLeft() throws InterruptedException {
    for (Process process : started) {
      process.destroy();
      if (!process.waitFor(STOPPED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    http.close();
  }

  @Test
  void servesStopsOnRequestAndKeepsItsOrders(@TempDir Path directory) throws Exception {
    Path data = directory.resolve("data with a space");
    var node = start("--port", "0", "--data", data.toString());
    URI url = node.url();
    String token = Files.readString(data.resolve("admin.token")).strip();

    assertThat(get(url, "/health/ready", "").statusCode()).isEqualTo(200);
    assertThat(get(url, "/agent/work/orders", "").statusCode()).isEqualTo(401);
    var proposed = propose(url, token);
    assertThat(proposed.statusCode()).as(proposed.body()).isEqualTo(201);
    String order = new JsonObject(proposed.body()).getJsonObject("order").getString("id");

    node.stopsCleanly();

    var again = start("--port", "0", "--data", data.toString());
    var kept = get(again.url(), "/agent/work/orders/" + order, token);
    assertThat(kept.statusCode()).as(kept.body()).isEqualTo(200);
    assertThat(new JsonObject(kept.body()).getJsonObject("order").getString("state"))
        .isEqualTo("queued");
    again.stopsCleanly();
  }

  /** What was acknowledged is there after kill -9, the agent's lease included. */
  @Test
  void losesNothingAcknowledgedWhenItIsKilled(@TempDir Path directory) throws Exception {
    var data = directory.resolve("data");
    var node = start("--port", "0", "--data", data.toString());
    var url = node.url();
    var token = Files.readString(data.resolve("admin.token")).strip();
    var proposed = propose(url, token);
    var leased = post(url, "/agent/work/checkout", token, "{\"type\":\"city.tiers.classify\"}", "");
    var item = new JsonObject(leased.body()).getJsonObject("item");

    node.process.destroyForcibly().waitFor();
    var again = start("--port", "0", "--data", data.toString());

    var replayed = propose(again.url(), token);
    assertThat(replayed.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(replayed.body()).isEqualTo(proposed.body());
    var result =
        new JsonObject()
            .put("lease_token", item.getJsonObject("lease").getString("token"))
            .put(
                "result",
                new JsonObject()
                    .put(
                        "cities",
                        List.of(new JsonObject().put("city_id", 2950159).put("tier", "large"))));
    var submitted =
        post(
            again.url(),
            "/agent/work/items/" + item.getString("id") + "/submit",
            token,
            result.encode(),
            "submit-1");
    assertThat(submitted.statusCode()).as(submitted.body()).isEqualTo(202);
    again.stopsCleanly();
  }

  @Test
  void refusesADatabaseThatCannotBeReachedInOneLine(@TempDir Path directory) throws Exception {
    var config =
        Files.writeString(
            directory.resolve("orderly.yaml"),
            "storage:\n  url: postgresql://nobody@127.0.0.1:1/none\n");
    var node = start("--config", config.toString(), "--data", directory.resolve("data").toString());
    assertThat(node.endsWithTheLine()).contains("127.0.0.1:1/none").contains("cannot be reached");
  }

  @Test
  void refusesABrokenTypeFileWithFileLineAndCause(@TempDir Path directory) throws Exception {
    var type =
        Files.writeString(
            directory.resolve("broken.type.yaml"),
            """
            type: broken
            payload: { type: object }
            plan: "$map(order.payload.items"
            sumbission: {}
            submission:
              schema: { type: object }
            apply:
              none: {}
            """);
    var config =
        Files.writeString(directory.resolve("orderly.yaml"), "types:\n  paths: [" + type + "]\n");
    var node = start("--config", config.toString(), "--data", directory.resolve("data").toString());
    node.endsWithTheLine();
    assertThat(node.printed.subList(node.printed.size() - 3, node.printed.size()))
        .satisfiesExactly(
            summary ->
                assertThat(summary).isEqualTo("orderly: cannot start: order types are not valid"),
            key -> assertThat(key).startsWith(type + ":4: sumbission: unexpected property"),
            plan -> assertThat(plan).startsWith(type + ":3: plan: not valid JSONata: "));
  }

  @Test
  void refusesATakenPortInOneLine(@TempDir Path directory) throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = String.valueOf(taken.getLocalPort());
      var node = start("--port", port, "--data", directory.resolve("data").toString());
      assertThat(node.endsWithTheLine()).contains(port);
    }
  }

  @Test
  void refusesAnUnknownConfigurationKeyInOneLine(@TempDir Path directory) throws Exception {
    Path config = Files.writeString(directory.resolve("orderly.yaml"), "api:\n  prot: 8080\n");
    var node =
        start(
            "--config",
            config.toString(),
            "--data",
            directory.resolve("data").toString(),
            "--port",
            "0");
    assertThat(node.endsWithTheLine()).contains("prot").contains("orderly.yaml");
  }

  private HttpResponse<String> get(URI url, String path, String token) throws Exception {
    return http.send(request(url, path, token).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> propose(URI url, String token) throws Exception {
    return post(url, "/agent/work/propose", token, ONE_CITY, "the-distribution-s-first-order");
  }

  private HttpResponse<String> post(URI url, String path, String token, String body, String key)
      throws Exception {
    var request =
        request(url, path, token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (!key.isEmpty()) {
      request.header("Idempotency-Key", key);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(URI url, String path, String token) {
    var request = HttpRequest.newBuilder(url.resolve(path));
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  private Node start(String... options) throws IOException {
    assertThat(LAUNCHER).as("the distribution, which the package phase makes").exists();
    var command = new ArrayList<>(List.of(LAUNCHER.toString(), "start"));
    command.addAll(List.of(options));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("ORDERLY_"));
    Process process = builder.start();
    started.add(process);
    return new Node(process);
  }

  /** A started node; what it prints is read as it comes, so that it never waits for us. */
  private static final class Node {
    private final Process process;
    private final List<String> printed = new ArrayList<>();
    private final CompletableFuture<URI> url = new CompletableFuture<>();
    private final Thread reader;

    Node(Process process) {
      this.process = process;
      this.reader = Thread.ofVirtual().start(this::read);
    }

    private void read() {
      try (var lines = process.inputReader()) {
        lines.lines().forEach(this::take);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        url.completeExceptionally(new AssertionError("the node printed no URL:\n" + output()));
      }
    }

    private synchronized void take(String line) {
      printed.add(line);
      var found = URL.matcher(line);
      if (found.find()) {
        url.complete(URI.create(found.group()));
      }
    }

    synchronized String output() {
      return String.join("\n", printed);
    }

    /** The URL that it prints once it is ready. */
    URI url() throws Exception {
      return url.get(READY_WITHIN_SECONDS, TimeUnit.SECONDS);
    }

    void stopsCleanly() throws InterruptedException {
      process.destroy();
      assertThat(process.waitFor(STOPPED_WITHIN_SECONDS, TimeUnit.SECONDS))
          .as("stopped within %d s; it printed:\n%s", STOPPED_WITHIN_SECONDS, output())
          .isTrue();
      assertThat(process.exitValue()).as(output()).isZero();
    }

    /** The one line that it gives as the reason for ending with a code other than 0. */
    String endsWithTheLine() throws InterruptedException {
      assertThat(process.waitFor(READY_WITHIN_SECONDS, TimeUnit.SECONDS)).as(output()).isTrue();
      reader.join();
      assertThat(process.exitValue()).as(output()).isNotZero();
      assertThat(output()).doesNotContain("\tat ").doesNotContain("Exception");
      return printed.getLast();
    }
  }
}
