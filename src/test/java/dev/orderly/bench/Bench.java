package dev.orderly.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a node under the load of many agents, and the plain way beside it. */
@Command(
    name = "scripts/bench",
    description = "Measures lifecycles per second under the load of many agents, or a cold start.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class Bench implements Callable<Integer> {
  private static final long LONGEST_MINUTES = 15;
  private static final int EXPECTED_PER_SECOND = 10_000;
  private static final int ITEMS_PER_HAND_OVER = 10;
  private static final String TYPE_FILE =
      """
      type: bench.noop
      version: 1
      payload:
        type: object
        required: [items]
        properties: { items: { type: integer, minimum: 1 } }
      plan: '[1..order.payload.items].{"input": {"number": $}}'
      submission:
        schema:
          type: object
          required: [ok]
          properties: { ok: { type: boolean } }
      apply: { none: {} }
      lease: { ttl_seconds: 600, heartbeat_every_seconds: 120 }
      """;

  @Option(names = "--launcher", required = true, hidden = true)
  private Path launcher;

  @Option(names = "--agents", defaultValue = "256", description = "Agents at once (default 256)")
  private int agents;

  @Option(names = "--warm-up", defaultValue = "10", description = "Seconds before (default 10)")
  private int warmUpSeconds;

  @Option(names = "--seconds", defaultValue = "20", description = "Seconds measured (default 20)")
  private int seconds;

  @Option(
      names = "--items-per-order",
      defaultValue = "1000",
      description = "Items that an order is planned into (default 1000)")
  private int itemsPerOrder;

  @Option(
      names = "--items",
      defaultValue = "0",
      description = "Items proposed (default: 10,000 for each second)")
  private int items;

  @Option(names = "--no-baseline", description = "Leave out the plain way")
  private boolean noBaseline;

  @Option(
      names = "--batch",
      defaultValue = "1",
      description = "Items that each call is about, up to 256 (default 1)")
  private int batch;

  @Option(
      names = "--nodes",
      defaultValue = "1",
      description =
          "Nodes, which the agents share evenly; with more than one, one goes first, alone")
  private int nodes;

  @Option(
      names = "--peer",
      description = {
        "Measure graphile-worker on the same database too: unbatched,",
        "or if --batch is given with its local queue, of as many jobs and of 500. Needs node and npm."
      })
  private boolean peer;

  @Option(names = "--peer-sources", hidden = true)
  private Path peerSources;

  @Option(
      names = "--hand-over",
      arity = "0..1",
      fallbackValue = "1000",
      defaultValue = "0",
      description = {
        "Instead: propose so many items a second (default 1000) to agents that wait,",
        "and measure the time from proposal to agent."
      })
  private int handOver;

  @Option(
      names = "--sockets",
      arity = "0..1",
      fallbackValue = "5000",
      defaultValue = "0",
      description = {
        "Instead: so many agents (default 5000) hold leases over WebSockets,",
        "with a heartbeat every 10 s; measure what they cost the node."
      })
  private int sockets;

  @Option(
      names = "--leases",
      defaultValue = "10",
      description = "With --sockets: leases of each agent, up to 256 (default 10)")
  private int leases;

  @Option(
      names = "--cold-start",
      arity = "0..1",
      fallbackValue = "5",
      defaultValue = "0",
      description = "Instead: start a node on data that is there, so often (default 5)")
  private int coldStarts;

  @Option(names = "--node-option", description = "An argument for the node; may be repeated")
  private List<String> nodeOptions = new ArrayList<>();

  @Option(names = "--url", description = "A running node that knows the type bench.noop")
  private URI url;

  @Option(names = "--token-file", description = "With --url: an admin token")
  private Path tokenFile;

  @Option(names = "--database", description = "With --url: its database, for the plain way")
  private String database;

  @Spec private CommandSpec spec;

  private Path directory;
  private double perSecond;

  public static void main(String[] args) {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (sockets > 0 && url != null) {
      throw new ParameterException(
          spec.commandLine(), "--sockets starts a node of its own, without --url");
    }
    if (nodes > 1 && (sockets > 0 || handOver > 0 || url != null)) {
      throw new ParameterException(
          spec.commandLine(), "--nodes goes without --sockets, --hand-over and --url");
    }
    if (sockets > 0 && Sockets.obstacle(sockets) != null) {
      System.err.println(Sockets.obstacle(sockets));
      return 2;
    }
    if (url != null) {
      if (tokenFile == null || database == null && !noBaseline || coldStarts > 0) {
        throw new ParameterException(
            spec.commandLine(), "--url wants --token-file and --database too");
      }
      return measure(List.of(url), Files.readString(tokenFile).strip(), database, null);
    }
    directory = Files.createTempDirectory("orderly-bench-");
    try {
      return coldStarts > 0 ? coldStart() : measureOwnNode();
    } finally {
      delete(directory);
    }
  }

  private int measureOwnNode() throws Exception {
    if (nodes > 1) {
      return compareNodes();
    }
    try (var node = startNode("node")) {
      printReady(node);
      if (handOver > 0) {
        return measureHandOver(node);
      }
      return sockets > 0
          ? measureSockets(node)
          : measure(List.of(node.url()), node.token(), node.databaseUrl(), node);
    }
  }

  /** Each on a new database, so that neither has to clear away what the other left. */
  private int compareNodes() throws Exception {
    noBaseline = true;
    System.out.println("one node");
    int failed = measureCluster(1);
    double alone = perSecond;
    System.out.printf("%n%d nodes%n", nodes);
    failed += measureCluster(nodes);
    System.out.printf(Locale.ROOT, "%n%d nodes / one node: %.2f%n", nodes, perSecond / alone);
    return failed;
  }

  private int measureCluster(int size) throws Exception {
    var others = new ArrayList<BenchNode>();
    try (var first = startNode("first-of-" + size)) {
      printReady(first);
      var urls = new ArrayList<>(List.of(first.url()));
      try {
        for (int i = 2; i <= size; i++) {
          others.add(startAnother(i, first.databaseUrl()));
          urls.add(others.getLast().url());
        }
        return measure(urls, first.token(), first.databaseUrl(), first);
      } finally {
        for (var other : others) {
          other.close();
        }
      }
    }
  }

  private static void printReady(BenchNode node) {
    System.out.printf(
        Locale.ROOT, "node ready after %.2f s, its database new%n", inSeconds(node.startup()));
  }

  private int measureHandOver(BenchNode node) throws Exception {
    var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      Measured measured =
          onLoop(
              vertx,
              () ->
                  new HandOver(vertx, List.of(node.url()), node.token(), agents)
                      .run(handOver, ITEMS_PER_HAND_OVER, warmUpSeconds, seconds));
      System.out.printf(
          "%n%d agents that wait, %,d items a second, %d an order%n",
          agents, handOver, ITEMS_PER_HAND_OVER);
      measured.print("Orderly");
      return measured.hasErrors() ? 1 : 0;
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private int measureSockets(BenchNode node) throws Exception {
    var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      var load =
          onLoop(
              vertx,
              () ->
                  Future.succeededFuture(new Load(vertx, List.of(node.url()), node.token(), 1, 1)));
      onLoop(vertx, () -> load.propose(Sockets.TYPE, sockets * leases, itemsPerOrder));
      var held = new Sockets(vertx, node.url(), node.token(), sockets, leases);
      long began = System.nanoTime();
      onLoop(vertx, held::open);
      System.out.printf(
          Locale.ROOT,
          "%,d agents connected, %,d items checked out in %.1f s%n",
          sockets,
          sockets * leases,
          (System.nanoTime() - began) / 1e9);
      Measured measured = onLoop(vertx, () -> held.run(seconds, node::cpu));
      held.print(seconds, node.maxResidentBytes());
      return measured.hasErrors() ? 1 : 0;
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private int measure(List<URI> targets, String token, String databaseUrl, BenchNode node)
      throws Exception {
    var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    try {
      int wanted = items > 0 ? items : EXPECTED_PER_SECOND * (warmUpSeconds + seconds);
      var load =
          onLoop(
              vertx, () -> Future.succeededFuture(new Load(vertx, targets, token, agents, batch)));
      long began = System.nanoTime();
      onLoop(vertx, () -> load.propose(Load.TYPE, wanted, itemsPerOrder));
      double took = (System.nanoTime() - began) / 1e9;
      System.out.printf(
          Locale.ROOT,
          "proposed %,d items, %,d per order, in %.1f s: %,.0f items/s%n",
          wanted,
          itemsPerOrder,
          took,
          wanted / took);
      Duration cpuBefore = node == null ? Duration.ZERO : node.cpu();
      var heap = new HeapWatch(vertx, targets.getFirst(), token);
      Measured orderly = onLoop(vertx, () -> load.work(warmUpSeconds, seconds));
      perSecond = orderly.perSecond();
      System.out.printf(
          "%n%d agents over HTTP, %s per call%n",
          agents, batch == 1 ? "one item" : "up to " + batch + " items");
      orderly.print("Orderly");
      System.out.println("  node       " + footprint(heap.stop(), node, cpuBefore));
      if (peer) {
        measurePeer(databaseUrl, orderly);
      }
      if (noBaseline || batch > 1) {
        return orderly.hasErrors() ? 1 : 0;
      }
      Measured plain =
          onLoop(
              vertx,
              () -> new Baseline(vertx, databaseUrl, agents).work(wanted, warmUpSeconds, seconds));
      System.out.printf("%n%d loops over 4 connections, a statement per call, no HTTP%n", agents);
      plain.print("Plain");
      System.out.printf(
          Locale.ROOT, "%nOrderly / plain: %.2f%n", orderly.perSecond() / plain.perSecond());
      return orderly.hasErrors() || plain.hasErrors() ? 1 : 0;
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void measurePeer(String databaseUrl, Measured orderly)
      throws IOException, InterruptedException {
    var graphile =
        Peer.install(peerSources, launcher.resolve("../../../graphile").normalize(), databaseUrl);
    if (batch == 1) {
      compare(
          orderly,
          "a statement to take and one to complete each job",
          graphile.unbatched(warmUpSeconds, seconds));
      return;
    }
    for (int size : new TreeSet<>(Set.of(batch, Peer.ITS_OWN_SIZE))) {
      compare(
          orderly, "its local queue of " + size, graphile.batched(size, warmUpSeconds, seconds));
    }
  }

  private static void compare(Measured orderly, String how, double other) {
    System.out.printf(
        Locale.ROOT,
        "%ngraphile-worker, in process, %s%n%,.0f jobs/s%n%nOrderly / graphile-worker: %.2f%n",
        how,
        other,
        orderly.perSecond() / other);
  }

  private static String footprint(long maxHeapBytes, BenchNode node, Duration cpuBefore)
      throws IOException {
    String heap =
        maxHeapBytes == 0
            ? "heap unknown"
            : "heap used at most %d MB".formatted(mega(maxHeapBytes));
    return node == null
        ? heap
        : "%s, resident at most %d MB, %.0f s of CPU"
            .formatted(heap, mega(node.maxResidentBytes()), inSeconds(node.cpu().minus(cpuBefore)));
  }

  private static long mega(long bytes) {
    return bytes / (1024 * 1024);
  }

  private int coldStart() throws Exception {
    try (var node = startNode("node")) {
      System.out.printf(
          Locale.ROOT, "first start, database made: %.2f s%n", inSeconds(node.startup()));
    }
    var startups = new ArrayList<Double>();
    for (int i = 1; i <= coldStarts; i++) {
      try (var node = startNode("node")) {
        startups.add(inSeconds(node.startup()));
        System.out.printf(Locale.ROOT, "start %d: %.2f s%n", i, startups.getLast());
      }
    }
    Collections.sort(startups);
    System.out.printf(
        Locale.ROOT,
        "cold start to ready, median of %d: %.2f s%n",
        coldStarts,
        startups.get(coldStarts / 2));
    return 0;
  }

  private static double inSeconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private BenchNode startAnother(int number, String databaseUrl)
      throws IOException, InterruptedException {
    Path own = Files.createDirectories(directory.resolve("node-" + number));
    return BenchNode.start(
        launcher,
        own.resolve("data"),
        directory.resolve("types"),
        List.of("--cluster"),
        Map.of("ORDERLY_STORAGE_URL", databaseUrl));
  }

  private BenchNode startNode(String name) throws IOException, InterruptedException {
    Path types = Files.createDirectories(directory.resolve("types"));
    Files.writeString(types.resolve("bench.noop.type.yaml"), TYPE_FILE);
    Files.writeString(types.resolve("bench.sent.type.yaml"), HandOver.TYPE_FILE);
    Files.writeString(types.resolve("bench.held.type.yaml"), Sockets.TYPE_FILE);
    var options = new ArrayList<>(nodeOptions);
    if (nodes > 1) {
      options.add("--cluster");
    }
    return BenchNode.start(
        launcher,
        Files.createDirectories(directory.resolve(name)).resolve("data"),
        types,
        options,
        sockets > 0 ? Sockets.environment(sockets) : Map.of());
  }

  /** Runs it on the one event loop and waits for what it gives. */
  private static <T> T onLoop(Vertx vertx, Callable<Future<T>> work) throws Exception {
    var done = new CompletableFuture<T>();
    vertx.runOnContext(
        _ -> {
          try {
            work.call().onSuccess(done::complete).onFailure(done::completeExceptionally);
          } catch (Exception e) {
            done.completeExceptionally(e);
          }
        });
    return done.get(LONGEST_MINUTES, TimeUnit.MINUTES);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
