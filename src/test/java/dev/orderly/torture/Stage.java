package dev.orderly.torture;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All the processes of a run and what lies between them. */
final class Stage {
  static final Duration SWEEP = Duration.ofSeconds(2);
  static final int DETECTION_SECONDS = 2;
  private static final Duration READY_LIMIT = Duration.ofSeconds(90);
  private static final int GROUPS = 2;

  static final int REDIS_RETRY_MILLIS = 500;

  /**
   * @param groupAgents how many agents each group has
   */
  record Size(int nodes, int groupAgents, long seed) {}

  private final Path launcher;
  private final Path directory;
  private final Size size;
  private final Network network;
  private final DatabaseProcess database;
  private final RedisProcess redis;
  private final boolean bundles;
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final List<Proxy> toNodes = new ArrayList<>();
  private final List<Proxy> toDatabase = new ArrayList<>();
  private final List<Proxy> toRedis = new ArrayList<>();
  private final List<Child> groups = new ArrayList<>();
  private final List<Path> ledgers = new ArrayList<>();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

  /**
   * @param redis where nodes are to keep heartbeats, or null for the database
   * @param bundles whether leases are to share rows wherever they can; agents have a limit if not
   */
  Stage(
      Path launcher,
      Path directory,
      Size size,
      Network network,
      RedisProcess redis,
      boolean bundles)
      throws IOException {
    this.redis = redis;
    this.bundles = bundles;
    this.launcher = launcher;
    this.directory = directory;
    this.size = size;
    this.network = network;
    this.database = new DatabaseProcess(launcher, directory);
  }

  void begin() throws IOException {
    var types = directory.resolve("types");
    Workload.write(types, ttl());
    database.start();
    var databaseAddress = new InetSocketAddress("127.0.0.1", database.port());
    if (redis != null) {
      redis.start();
      var redisAddress = new InetSocketAddress("127.0.0.1", redis.port());
      for (int i = 0; i < size.nodes(); i++) {
        toRedis.add(Proxy.open(network.here(), redisAddress));
      }
    }
    for (int i = 0; i < size.nodes(); i++) {
      toDatabase.add(Proxy.open(network.here(), databaseAddress));
      nodes.add(new NodeProcess(launcher, place(i, types)));
    }
    nodes.getFirst().start();
    nodes.getFirst().awaitReady();
    for (var node : nodes.subList(1, size.nodes())) {
      node.start();
    }
    for (var node : nodes) {
      node.awaitReady();
      var url = node.url();
      toNodes.add(Proxy.open("127.0.0.1", new InetSocketAddress(url.getHost(), url.getPort())));
    }
    for (int group = 0; group < GROUPS; group++) {
      groups.add(startGroup(group));
    }
  }

  private NodeProcess.Place place(int node, Path types) throws IOException {
    var environment = new HashMap<String, String>();
    environment.put("ORDERLY_STORAGE_URL", database.urlAt(toDatabase.get(node).address()));
    environment.put("ORDERLY_TYPES_PATHS", types.toString());
    environment.put("ORDERLY_CLUSTER_DISCOVERY", "members");
    environment.put("ORDERLY_CLUSTER_MEMBERS", network.members());
    environment.put("ORDERLY_CLUSTER_HOST", network.memberHost(node));
    environment.put("ORDERLY_CLUSTER_PORT", Integer.toString(network.memberPort(node)));
    environment.put(
        "ORDERLY_CLUSTER_FAILURE_DETECTION_SECONDS", Integer.toString(DETECTION_SECONDS));
    environment.put("ORDERLY_MAINTENANCE_SWEEP_INTERVAL_SECONDS", Long.toString(SWEEP.toSeconds()));
    if (bundles) {
      environment.put("ORDERLY_LEASING_BUNDLE_MIN", "1");
    } else {
      environment.put("ORDERLY_LIMITS_AGENT_LEASES", Integer.toString(Workload.AGENT_LEASES));
    }
    if (redis != null) {
      environment.put("ORDERLY_LEASING_BACKEND", "redis");
      environment.put("ORDERLY_REDIS_URL", "redis://" + toRedis.get(node).address());
      environment.put("ORDERLY_REDIS_TIMEOUT_MILLIS", "150");
      environment.put("ORDERLY_REDIS_RETRY_MILLIS", Integer.toString(REDIS_RETRY_MILLIS));
    }
    environment.put("ORDERLY_API_REQUEST_TIMEOUT_SECONDS", "5");
    environment.put("ORDERLY_APPLY_LEASE_SECONDS", "5");
    environment.put("ORDERLY_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1");
    var name = "node-" + (node + 1);
    return new NodeProcess.Place(
        name,
        network.inside(node),
        network.url(node),
        directory.resolve("data"),
        directory.resolve(name + ".log"),
        environment);
  }

  private Child startGroup(int group) throws IOException {
    // A group that starts again is another one: it knows nothing of its leases.
    var name = "%c%d".formatted('a' + group, ledgers.size());
    var ledger = directory.resolve("ledger-%s.jsonl".formatted(name));
    ledgers.add(ledger);
    Files.createFile(ledger);
    return Child.start(
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            AgentGroup.class.getName(),
            name,
            Long.toString(size.seed() + ledgers.size()),
            Integer.toString(size.groupAgents()),
            Long.toString(ttl().toMillis()),
            tokenFile().toString(),
            ledger.toString(),
            String.join(",", Workload.QUEUES),
            String.join(",", urls().stream().map(URI::toString).toList())),
        Map.of(),
        directory.resolve("agents.log"));
  }

  private Path tokenFile() {
    return directory.resolve("data/admin.token");
  }

  String token() throws IOException {
    return Files.readString(tokenFile()).strip();
  }

  /** Where callers reach the nodes: through proxies. */
  List<URI> urls() {
    return toNodes.stream().map(proxy -> URI.create("http://" + proxy.address())).toList();
  }

  /** How long leases live without a heartbeat. */
  Duration ttl() {
    return redis == null ? Workload.TTL : Workload.REDIS_TTL;
  }

  /** Null if the run has none. */
  RedisProcess redis() {
    return redis;
  }

  /** All that lie between a node and others. */
  List<Proxy> proxies(int node) {
    var proxies = new ArrayList<>(List.of(toNodes.get(node), toDatabase.get(node)));
    if (redis != null) {
      proxies.add(toRedis.get(node));
    }
    return proxies;
  }

  /** What the nodes that run have counted under a name, since each was started. */
  long counted(String metric) {
    return nodes.stream().mapToLong(node -> node.counted(http, metric)).sum();
  }

  DatabaseProcess database() {
    return database;
  }

  Network network() {
    return network;
  }

  List<NodeProcess> nodes() {
    return nodes;
  }

  Proxy proxyToNode(int node) {
    return toNodes.get(node);
  }

  Proxy proxyToDatabase(int node) {
    return toDatabase.get(node);
  }

  int groups() {
    return groups.size();
  }

  Child group(int group) {
    return groups.get(group);
  }

  void restartGroup(int group) throws IOException {
    groups.set(group, startGroup(group));
  }

  List<Path> ledgers() {
    return List.copyOf(ledgers);
  }

  Path newLedger(String name) {
    var ledger = directory.resolve("ledger-%s.jsonl".formatted(name));
    ledgers.add(ledger);
    return ledger;
  }

  /**
   * Waits until every node says that it is ready.
   *
   * @throws IllegalStateException if one does not within the limit, which is a defect
   */
  void awaitReady() {
    long until = System.nanoTime() + READY_LIMIT.toNanos();
    for (var node : nodes) {
      while (!isReady(node)) {
        if (!node.isAlive()) {
          throw new IllegalStateException(node.name() + " has ended by itself");
        }
        if (System.nanoTime() > until) {
          throw new IllegalStateException(
              "%s is not ready within %d s".formatted(node.name(), READY_LIMIT.toSeconds()));
        }
        Child.pause(50);
      }
    }
  }

  private boolean isReady(NodeProcess node) {
    var request =
        HttpRequest.newBuilder(node.url().resolve("/health/ready"))
            .timeout(Duration.ofSeconds(3))
            .build();
    try {
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Lets agents finish what they are at. */
  void endAgents() throws IOException {
    for (var group : groups) {
      if (!group.isAlive()) {
        throw new IllegalStateException("Agents have ended by themselves, see agents.log");
      }
      group.hangUp();
    }
    for (var group : groups) {
      if (!group.awaitEnd(Duration.ofSeconds(40))) {
        group.kill();
      }
    }
  }

  /** Ends whatever is left, in any state. */
  void end() {
    groups.forEach(Child::kill);
    nodes.forEach(
        node -> {
          if (node.isAlive()) {
            node.kill();
          }
        });
    database.stop();
    if (redis != null) {
      redis.kill();
    }
    http.shutdownNow();
  }
}
