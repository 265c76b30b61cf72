import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The main job on real input, from proposal to applied change. One agent is killed in the middle;
 * the node too, if asked. Ends with 0 only if the table is right.
 */
final class Demo {
  private static final String USAGE =
      """
      Usage: scripts/demo [options]
        --agents N         agents, each a process of its own, at least 2 (default 4)
        --pause-ms N       how long an agent takes for a batch (default 1500)
        --kill-node        kill -9 the node in the middle, and again while it applies
        --all              the whole timeline, not only that of the order and the killed agent's batch
        --keep             keep the data directory
        --url URL          use a running node instead of starting one, with
        --token-file FILE  an admin token of it, and
        --database URL     its database (default: what postgres.url beside the token's file says)\
      """;

  private static final String TYPE = "city.tiers.classify";
  private static final Duration APPLIED_WITHIN = Duration.ofMinutes(2);
  private static final long POLL_MILLIS = 250;

  private final Options options;
  private final Path directory;
  private final DemoNode node;
  private final List<Cities.City> cities;
  private final List<String> tokenIds = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final ProgressLine progress = new ProgressLine();
  private WorkApi api;
  private URI url;
  private DemoAgents agents;
  private DemoOrder order;

  private DemoWatch.Held lost;

  private Demo(Options options, Path examples, Path launcher) throws IOException {
    this.options = options;
    this.cities = Cities.read(examples.resolve("cities.csv"));
    this.directory = Files.createTempDirectory("orderly-demo-");
    this.node =
        options.has("--url")
            ? null
            : new DemoNode(launcher, directory.resolve("data"), directory.resolve("node.log"));
  }

  public static void main(String[] args) throws Exception {
    var options =
        Options.of(
            args,
            "--examples",
            "--launcher",
            "--agents",
            "--pause-ms",
            "--kill-node!",
            "--all!",
            "--keep!",
            "--url",
            "--token-file",
            "--database",
            "--help!");
    boolean help = options.isPresent() && options.get().has("--help");
    if (options.isEmpty() || help || !consistent(options.get())) {
      (help ? System.out : System.err).println(USAGE);
      System.exit(help ? 0 : 2);
    }
    var given = options.get();
    var demo = new Demo(given, Path.of(given.get("--examples")), Path.of(given.get("--launcher")));
    Runtime.getRuntime().addShutdownHook(new Thread(demo::cleanUp));
    int code = 1;
    try {
      code = demo.run() ? 0 : 1;
    } catch (IllegalStateException e) {
      demo.progress.end();
      System.err.println("The demo failed: " + e.getMessage());
      if (demo.agents != null) {
        System.err.print("The agents' last words:\n" + demo.agents.lastWords());
      }
    }
    System.exit(code);
  }

  private static boolean consistent(Options options) {
    boolean running = options.has("--url");
    return running == options.has("--token-file")
        && (running || !options.has("--database"))
        && !(running && options.has("--kill-node"))
        && options.get("--agents", "4").matches("[2-9]|[1-9]\\d")
        && options.get("--pause-ms", "1500").matches("\\d{1,6}");
  }

  private boolean run() throws Exception {
    connect();
    propose();
    startAgents();
    lost = new DemoWatch(order, agents, progress).watch(options.has("--kill-node") ? node : null);
    if (lost == null) {
      faults.add("no agent was killed while it held a batch; try a longer --pause-ms");
    }
    agents.awaitEnd();
    checkAcknowledged();
    approve();
    report();
    faults.forEach(fault -> System.out.println("WRONG: " + fault));
    System.out.println(faults.isEmpty() ? "\nAll is right." : "\nSomething is wrong.");
    return faults.isEmpty();
  }

  private void connect() throws IOException, InterruptedException {
    if (node == null) {
      url = URI.create(options.get("--url"));
    } else {
      long began = System.nanoTime();
      node.start();
      url = node.url();
      System.out.printf(
          "A node of its own: %s, process %d, ready after %.1f s, data in %s%n",
          url, node.pid(), (System.nanoTime() - began) / 1e9, directory);
    }
    Path tokenFile = node == null ? Path.of(options.get("--token-file")) : node.tokenFile();
    String token = Files.readString(tokenFile).strip();
    api = new WorkApi(url, token, null, Duration.ofSeconds(60));
  }

  private void propose() throws InterruptedException {
    var proposal = WorkApi.JSON.createObjectNode().put("type", TYPE);
    proposal.putObject("payload").set("cities", Cities.toJson(cities));
    JsonNode reply = api.post("/propose", proposal, UUID.randomUUID().toString()).orThrow();
    order = new DemoOrder(api, reply.path("order").path("id").asText());
    System.out.printf(
        "Proposed %d cities as order %s of type %s: %s batches%n",
        cities.size(), order.id(), TYPE, reply.path("items_count").asText());
  }

  private void startAgents() throws IOException, InterruptedException {
    long pauseMillis = Long.parseLong(options.get("--pause-ms", "1500"));
    agents = new DemoAgents(url, order.id(), pauseMillis, directory);
    int count = Integer.parseInt(options.get("--agents", "4"));
    for (int i = 1; i <= count; i++) {
      String agent = "city-agent-" + i;
      var token = WorkApi.JSON.createObjectNode().put("name", agent).put("kind", "agent");
      token.putArray("scopes").add("work.view").add("work.checkout").add("work.submit");
      token.putArray("agents").add(agent);
      token.put("expires_in_seconds", 3600);
      JsonNode made = api.post("/tokens", token, UUID.randomUUID().toString()).orThrow();
      tokenIds.add(made.path("token").path("id").asText());
      agents.start(agent, made.path("secret").asText());
    }
    System.out.println("Started " + count + " agents, each a process with a token of its own\n");
  }

  /** Every submission that an agent was told is taken must be there, as that agent's. */
  private void checkAcknowledged() throws IOException, InterruptedException {
    var items = new HashMap<String, JsonNode>();
    DemoOrder.items(order.read()).forEach(item -> items.put(item.path("id").asText(), item));
    Map<String, String> acknowledged = agents.acknowledged();
    int kept = 0;
    for (var entry : acknowledged.entrySet()) {
      String by = items.get(entry.getKey()).path("submitted_by_agent_id").asText();
      if (by.equals(entry.getValue())) {
        kept++;
      } else {
        faults.add("the submission of " + entry.getKey() + " by " + entry.getValue() + " is lost");
      }
    }
    System.out.printf(
        "Submissions acknowledged to an agent: %d; of these kept: %d%n", acknowledged.size(), kept);
    if (lost != null) {
      JsonNode item = items.get(lost.item());
      String by = item.path("submitted_by_agent_id").asText();
      System.out.printf(
          "Batch #%d of the killed %s was finished by %s, fence %d -> %d%n",
          DemoOrder.number(DemoOrder.items(order.read()), lost.item()),
          lost.agent(),
          by,
          lost.fence(),
          DemoOrder.fence(item));
      if (by.equals(lost.agent()) || DemoOrder.fence(item) <= lost.fence()) {
        faults.add("the killed agent's batch was not taken over");
      }
    }
  }

  private void approve() throws IOException, InterruptedException {
    boolean kill = options.has("--kill-node");
    ObjectNode notes = WorkApi.JSON.createObjectNode().put("notes", "Looked at by the demo");
    var headers =
        Map.of(
            "Idempotency-Key", UUID.randomUUID().toString(), "Prefer", "wait=" + (kill ? 0 : 30));
    var reply = api.send("POST", "/orders/" + order.id() + "/approve", notes, headers);
    reply.orThrow();
    System.out.println("\nApproved: the server answered " + reply.status());
    if (kill) {
      node.killAndStart("right after it took the approval");
    }
    long deadline = System.nanoTime() + APPLIED_WITHIN.toNanos();
    JsonNode current = order.read();
    while (Set.of("approved", "applied").contains(current.path("state").asText())
        && System.nanoTime() < deadline) {
      Thread.sleep(POLL_MILLIS);
      current = order.read();
    }
    if (!current.path("state").asText().equals("completed")) {
      throw new IllegalStateException(
          "the order is %s: %s".formatted(current.path("state"), current.path("error")));
    }
    DemoReport.printDiff(current.path("diff"));
  }

  private void report() throws Exception {
    List<JsonNode> items = DemoOrder.items(order.read());
    var numbers = new HashMap<String, Integer>();
    items.forEach(item -> numbers.put(item.path("id").asText(), numbers.size() + 1));
    DemoReport.printTimeline(
        order.events(), numbers, lost == null ? "" : lost.item(), options.has("--all"));
    var rows = DemoReport.readTable(databaseUrl(), order.id());
    DemoReport.printTable(rows);
    faults.addAll(DemoReport.faults(rows, cities));
  }

  private String databaseUrl() throws IOException {
    if (options.has("--database")) {
      return options.get("--database");
    }
    Path file =
        node == null
            ? Path.of(options.get("--token-file")).resolveSibling("postgres.url")
            : node.databaseUrlFile();
    if (!Files.exists(file)) {
      throw new IllegalStateException("no " + file + ": name the database with --database");
    }
    return Files.readString(file).strip();
  }

  private void cleanUp() {
    try {
      if (agents != null) {
        agents.stop();
      }
      if (node != null) {
        node.stop();
      } else {
        for (String id : tokenIds) {
          api.send("DELETE", "/tokens/" + id, null, Map.of());
        }
      }
      if (options.has("--keep")) {
        System.out.println("Kept: " + directory);
      } else {
        delete(directory);
      }
    } catch (Exception e) {
      System.err.println("Not everything was cleaned up in " + directory + ": " + e);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
