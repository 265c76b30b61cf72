package dev.orderly.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.torture.Service.Given;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three packaged nodes over one database are one control plane, also while they come and go. */
class ClusterIT {
  private static final Path LAUNCHER = Path.of("target/orderly/bin/orderly").toAbsolutePath();
  private static final int QUEUES = 8;
  private static final int DETECTION_SECONDS = 2;
  private static final long BACK_WITHIN_SECONDS = 60;
  private static final String TYPE =
      """
      type: cluster.work
      version: 1
      payload:
        type: object
        required: [items]
        properties: { items: { type: integer, minimum: 1 } }
      plan: '[0..order.payload.items - 1].{"type": "queue." & $string($ % 8), "input": {"number": $}}'
      submission: { schema: { type: object } }
      apply: { none: {} }
      lease: { ttl_seconds: 5, heartbeat_every_seconds: 1 }
      """;

  @TempDir private Path directory;
  private DatabaseProcess database;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private Api api;

  @BeforeEach
  void startThreeNodes() throws Exception {
    assertThat(LAUNCHER).as("the distribution, which the package phase makes").exists();
    var types = Files.createDirectories(directory.resolve("types"));
    Files.writeString(types.resolve("cluster.work.type.yaml"), TYPE);
    Reviewers.writeTypes(types);
    database = new DatabaseProcess(LAUNCHER, directory);
    database.start();
    var ports = new ArrayList<Integer>();
    for (int i = 0; i < 3; i++) {
      ports.add(DatabaseProcess.freePort());
    }
    for (int i = 0; i < 3; i++) {
      var environment = new HashMap<String, String>();
      environment.put("ORDERLY_STORAGE_URL", database.urlAt("127.0.0.1:" + database.port()));
      environment.put("ORDERLY_TYPES_PATHS", types.toString());
      environment.put("ORDERLY_CLUSTER_DISCOVERY", "members");
      environment.put(
          "ORDERLY_CLUSTER_MEMBERS",
          String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList()));
      environment.put("ORDERLY_CLUSTER_PORT", Integer.toString(ports.get(i)));
      environment.put("ORDERLY_CLUSTER_FAILURE_DETECTION_SECONDS", "" + DETECTION_SECONDS);
      environment.put("ORDERLY_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1");
      var url = URI.create("http://127.0.0.1:" + DatabaseProcess.freePort());
      var log = directory.resolve("node-%d.log".formatted(i + 1));
      nodes.add(
          new NodeProcess(
              LAUNCHER,
              new NodeProcess.Place(
                  "node-" + (i + 1), List.of(), url, directory.resolve("data"), log, environment)));
    }
    nodes.getFirst().start();
    nodes.getFirst().awaitReady();
    for (var node : nodes.subList(1, 3)) {
      node.start();
    }
    for (var node : nodes.subList(1, 3)) {
      node.awaitReady();
    }
    api = new Api(nodes.getFirst().adminToken(), Duration.ofSeconds(30));
  }

  @AfterEach
  void stopAll() {
    if (api != null) {
      api.close();
    }
    nodes.forEach(NodeProcess::kill);
    database.stop();
  }

  @Test
  void servesOnWhateverNodeIsAskedAndWhileNodesComeAndGo() throws Exception {
    leasesHeartbeatsAndSubmitsOnDifferentNodes();
    wakesAWaitingAgentOfAnotherNode();
    tellsAnAgentConnectedToAnotherNode();
    reviewersAtTheSameInstantApplyOnce();

    var given = new ArrayList<Given>();
    var submitted = new ArrayList<Given>();
    interrupted("killed", NodeProcess::kill, given, submitted);
    nodes.get(2).start();
    nodes.get(2).awaitReady();
    interrupted(
        "stopped",
        node -> assertThat(node.stop()).as("stopped in time").isTrue(),
        given,
        submitted);

    assertThat(given).as("leases given").doesNotHaveDuplicates();
    assertThat(submitted.stream().map(Given::item)).doesNotHaveDuplicates();
    assertThat(submissionsInDatabase())
        .as("submissions recorded, by item and fence")
        .containsAllEntriesOf(submitted.stream().collect(Collectors.toMap(one -> one, one -> 1L)))
        .allSatisfy((one, times) -> assertThat(times).isEqualTo(1));
  }

  private void reviewersAtTheSameInstantApplyOnce() throws Exception {
    var urls = nodes.stream().map(NodeProcess::url).toList();
    try (var reviewers = new Reviewers(api, urls);
        var connection = database.connect()) {
      reviewers.decideAtTheSameInstant();
      reviewers.assertAppliedOnce(connection);
    }
  }

  private void leasesHeartbeatsAndSubmitsOnDifferentNodes() {
    propose(0, 1);
    var out = api.post(url(1), "/checkout", "ann", null, new JsonObject().put("type", "queue.0"));
    assertThat(out.status()).as(out.body().encode()).isEqualTo(200);
    var item = out.body().getJsonObject("item");
    var proof = new JsonObject().put("lease_token", item.getJsonObject("lease").getString("token"));
    var path = "/items/" + item.getString("id");
    for (int node = 0; node < 3; node++) {
      var beat = api.post(url(node), path + "/heartbeat", "ann", null, proof);
      assertThat(beat.status()).as(beat.body().encode()).isEqualTo(200);
    }
    var stranger = api.post(url(0), path + "/release", "bob", null, new JsonObject());
    assertThat(stranger.status()).as(stranger.body().encode()).isEqualTo(409);
    var submitted =
        api.post(url(2), path + "/submit", "ann", "one", proof.put("result", new JsonObject()));
    assertThat(submitted.status()).as(submitted.body().encode()).isEqualTo(202);
  }

  private void wakesAWaitingAgentOfAnotherNode() throws Exception {
    var waiting =
        CompletableFuture.supplyAsync(
            () ->
                api.post(
                    url(2),
                    "/checkout",
                    "ann",
                    null,
                    new JsonObject().put("type", "queue.0").put("wait", 25)));
    while (!waiting.isDone()) {
      // Asked again and again: nobody outside can see that the agent has begun to wait.
      propose(0, 1);
      try {
        waiting.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        continue;
      }
    }
    var reply = waiting.get();
    assertThat(reply.status()).as(reply.body().encode()).isEqualTo(200);
  }

  private void tellsAnAgentConnectedToAnotherNode() throws Exception {
    var events = new LinkedBlockingQueue<JsonObject>();
    var agent = Socket.open(api, url(2), "eve", events::add);
    assertThat(agent).as("a socket at the third node").isNotNull();
    try {
      ask(agent, "subscribe", new JsonObject().put("types", new JsonArray().add("queue.0")));
      var order = propose(0, 1);
      var news = events.poll(20, TimeUnit.SECONDS);
      assertThat(news).as("news of work proposed to another node").isNotNull();
      assertThat(news.getString("event")).isEqualTo("work_available");
      assertThat(news.getString("type")).isEqualTo("queue.0");

      ask(agent, "unsubscribe", new JsonObject());
      var out = ask(agent, "checkout", new JsonObject().put("order", order));
      var held = out.getJsonArray("items").getJsonObject(0).getString("id");
      var cancelled =
          api.post(url(1), "/orders/" + order + "/cancel", null, null, new JsonObject());
      assertThat(cancelled.status()).as(cancelled.body().encode()).isEqualTo(200);
      var end = nextBut("work_available", events);
      assertThat(end).as("the end of what was cancelled at another node").isNotNull();
      assertThat(end.getString("event")).isEqualTo("order_cancelled");
      assertThat(end.getString("order_id")).isEqualTo(order);
      assertThat(end.getJsonArray("items")).containsExactly(held);
    } finally {
      agent.abort();
    }
  }

  /** The result of an operation, which must be taken. */
  private static JsonObject ask(Socket agent, String op, JsonObject members) {
    var reply = agent.call(members.put("op", op), false);
    assertThat(reply.status()).as(op + ": " + reply.body().encode()).isEqualTo(200);
    return reply.body();
  }

  private static JsonObject nextBut(String event, BlockingQueue<JsonObject> events)
      throws InterruptedException {
    var next = events.poll(20, TimeUnit.SECONDS);
    while (next != null && next.getString("event").equals(event)) {
      next = events.poll(20, TimeUnit.SECONDS);
    }
    return next;
  }

  /** Takes the third node away while agents work through the other two. */
  private void interrupted(
      String how, Consumer<NodeProcess> away, List<Given> given, List<Given> submitted)
      throws Exception {
    for (int order = 0; order < 10; order++) {
      propose(order % 2, 800);
    }
    var queues = IntStream.range(0, QUEUES).mapToObj(i -> "queue." + i).toList();
    var service = new Service(api, List.of(url(0), url(1)));
    service.begin(queues);
    try {
      awaitServed(service, System.nanoTime());
      long at = System.nanoTime();
      away.accept(nodes.get(2));
      long gone = System.nanoTime();
      awaitServed(service, gone);
      // Whatever is still to break breaks once the failure is noticed.
      Child.pause(TimeUnit.SECONDS.toMillis(DETECTION_SECONDS + 3));
      awaitServed(service, System.nanoTime());
      System.out.printf(
          Locale.ROOT,
          "A node was %s: longest gap in checkouts %.2f s, in heartbeats %.2f s"
              + " (failure detection %d s)%n",
          how,
          service.gapSeconds("checkout", at),
          service.gapSeconds("heartbeat", at),
          DETECTION_SECONDS);
    } finally {
      service.end();
    }
    given.addAll(service.given());
    submitted.addAll(service.submitted());
  }

  private static void awaitServed(Service service, long since) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(BACK_WITHIN_SECONDS);
    for (var call : List.of("checkout", "heartbeat")) {
      while (service.servedSince(call, since) < QUEUES) {
        assertThat(System.nanoTime()).as(call + " served again").isLessThan(until);
        Child.pause(20);
      }
    }
  }

  /** Gives the order's id. */
  private String propose(int node, int items) {
    var reply =
        api.post(
            url(node),
            "/propose",
            null,
            "order-" + System.nanoTime(),
            new JsonObject()
                .put("type", "cluster.work")
                .put("payload", new JsonObject().put("items", items)));
    assertThat(reply.status()).as(reply.body().encode()).isEqualTo(201);
    return reply.body().getJsonObject("order").getString("id");
  }

  private URI url(int node) {
    return nodes.get(node).url();
  }

  private Map<Given, Long> submissionsInDatabase() throws Exception {
    var found = new HashMap<Given, Long>();
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                "select item_id, (payload->>'fence')::bigint, count(*) from work_events"
                    + " where event = 'submitted' and item_id is not null group by 1, 2")) {
      while (rows.next()) {
        found.put(new Given(rows.getString(1), rows.getLong(2)), rows.getLong(3));
      }
    }
    return found;
  }
}
