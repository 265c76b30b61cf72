package dev.orderly.torture;

import dev.orderly.torture.Faults.Kind;
import dev.orderly.torture.Rule.Broken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One run: work, faults, and the check of what came of it. */
@Command(
    name = "scripts/torture",
    description =
        "Lets agents work on several nodes while things break, and checks what came of it.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class Torture implements Callable<Integer> {
  private static final int BROKEN = 1;

  /** How much shorter than a lease the pauses between proposals are, so that agents keep up. */
  private static final int PACE = 14;

  private static final int SHOWN_MAX = 5;
  private static final Set<String> WORKED_ON = Set.of("queued", "checked_out", "in_progress");
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(15);
  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(5);

  /** Beyond the time asked for: starting, draining, the last recovery. */
  private static final Duration EXTRA_LIMIT = Duration.ofMinutes(9);

  @Option(names = "--launcher", required = true, hidden = true)
  private Path launcher;

  @Option(names = "--isolated", hidden = true)
  private boolean isolated;

  @Option(names = "--directory", required = true, description = "Where the runs' files are")
  private Path runs;

  @Option(names = "--seed", description = "Chooses work and faults (default: a new one)")
  private long seed = System.nanoTime() % 1_000_000;

  @Option(names = "--seconds", defaultValue = "60", description = "How long (default 60)")
  private int seconds;

  @Option(names = "--nodes", defaultValue = "3", description = "Nodes (default 3)")
  private int nodes;

  @Option(names = "--agents", defaultValue = "16", description = "Agents (default 16)")
  private int agents;

  @Option(
      names = "--slack",
      defaultValue = "3",
      description = "Seconds that a reclaim may take beside the sweep's interval (default 3)")
  private int slackSeconds;

  @Option(
      names = "--faults",
      split = ",",
      description =
          "Which faults (default: all): node-kill, node-stop, node-freeze, agents-kill, "
              + "agents-freeze, database-restart, database-kill, backends, drop, lose-answers, "
              + "lose-commits, split, redis-restart, redis-kill, redis-freeze; or none")
  private List<String> faults = new ArrayList<>();

  @Option(
      names = "--redis",
      negatable = true,
      description =
          "Heartbeats are kept in Redis, which breaks too (default: the seed decides, in one of"
              + " three runs)")
  private Boolean redis;

  @Option(
      names = "--bundles",
      negatable = true,
      description =
          "Leases share rows wherever they can, and agents have no limit, which would count them one"
              + " by one (default: the seed decides, in one of two runs)")
  private Boolean bundles;

  @Option(names = "--keep", description = "Keep the run's files also if nothing is wrong")
  private boolean keep;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Torture()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    var directory =
        Files.createDirectories(runs).resolve("seed-%d-%d".formatted(seed, System.nanoTime()));
    Files.createDirectory(directory);
    endInTime();
    System.out.printf("seed %d, %d nodes, %d agents, %d s%n", seed, nodes, agents, seconds);
    RedisProcess server;
    try {
      server = redis(directory);
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
      delete(directory);
      return BROKEN;
    }
    System.out.println("heartbeats in " + (server == null ? "PostgreSQL" : "Redis"));
    System.out.println(
        "leases " + (bundled() ? "in bundles, agents without a limit" : "in their items' rows"));
    var kinds = kinds(server != null);
    System.out.println("faults " + kinds.stream().map(Kind::wire).collect(Collectors.joining(" ")));
    var stage =
        new Stage(
            launcher,
            directory.toAbsolutePath(),
            new Stage.Size(nodes, Math.ceilDiv(agents, 2), seed),
            Network.of(isolated, nodes),
            server,
            bundled());
    boolean well = false;
    try {
      stage.begin();
      well = run(stage, kinds);
    } catch (IllegalStateException e) {
      System.out.println("BROKEN " + e.getMessage());
    } finally {
      stage.end();
      if (well && !keep) {
        delete(directory);
      } else {
        System.out.printf("seed %d; the files are in %s%n", seed, directory);
      }
    }
    return well ? 0 : BROKEN;
  }

  private boolean bundled() {
    return bundles == null ? new Random(~seed).nextBoolean() : bundles;
  }

  /** Null for none. */
  private RedisProcess redis(Path directory) throws IOException {
    boolean wanted = redis == null ? new Random(seed).nextInt(3) == 0 : redis;
    if (!wanted) {
      return null;
    }
    try {
      return RedisProcess.find(directory);
    } catch (IllegalStateException e) {
      if (redis != null) {
        throw e;
      }
      System.out.println("This run does without Redis. " + e.getMessage());
      return null;
    }
  }

  private List<Kind> kinds(boolean withRedis) {
    if (faults.equals(List.of("none"))) {
      return List.of();
    }
    var wanted =
        faults.isEmpty() ? Arrays.asList(Kind.values()) : faults.stream().map(Kind::of).toList();
    if (!isolated && wanted.contains(Kind.SPLIT)) {
      System.out.println("Members are not cut: that takes network namespaces, for root on Linux");
    }
    return wanted.stream()
        .filter(kind -> isolated || kind != Kind.SPLIT)
        .filter(kind -> withRedis || !kind.ofRedis())
        .toList();
  }

  /** Whatever hangs: this process ends, and its own processes with it. */
  private void endInTime() {
    var limit = Duration.ofSeconds(seconds).plus(EXTRA_LIMIT);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              Child.pause(limit.toMillis());
              System.out.printf(
                  "BROKEN not at an end after %d s, seed %d%n", limit.toSeconds(), seed);
              System.exit(BROKEN);
            });
  }

  private boolean run(Stage stage, List<Kind> kinds)
      throws IOException, SQLException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    var random = new Random(seed);
    var strikes = new Faults(stage, random, kinds);
    try (var ledger = Ledger.open(stage.newLedger("directors"));
        var api = new Api(stage.token(), ANSWER_LIMIT)) {
      var directors = new ArrayList<Director>();
      for (int i = 0; i < 2; i++) {
        directors.add(
            new Director(
                "director-" + i,
                api,
                stage.urls(),
                ledger,
                new Random(random.nextLong()),
                (int) stage.ttl().toMillis() / PACE));
      }
      directors.forEach(Director::begin);
      strikes.run(until);
      while (System.nanoTime() < until) {
        Child.pause(50);
      }
      directors.forEach(Director::proposeNoMore);
      long open = drain(stage);
      for (var director : directors) {
        director.end();
      }
      stage.endAgents();
      var history = Archive.read(stage.database(), stage.ledgers(), strikes.outages());
      Summary.print(history, strikes, !bundled());
      return judge(stage, history, open);
    }
  }

  /** Work goes on after the last fault until everything is done. */
  private static long drain(Stage stage) throws IOException, SQLException {
    long until = System.nanoTime() + DRAIN_LIMIT.toNanos();
    long open = Archive.open(stage.database());
    while (open > 0 && System.nanoTime() < until) {
      Child.pause(500);
      open = Archive.open(stage.database());
    }
    return open;
  }

  private boolean judge(Stage stage, History history, long open) {
    var reclaim =
        new ReclaimRule(
            stage.ttl(), stage.redis() == null, Stage.SWEEP, Duration.ofSeconds(slackSeconds));
    var broken = new ArrayList<>(new Checker(reclaim, Workload.limits(!bundled())).check(history));
    if (stage.redis() != null) {
      Summary.printRedis(stage);
    }
    if (open > 0) {
      history.items().values().stream()
          .filter(item -> item.expires() != 0 || isWaiting(history, item))
          .limit(1)
          .forEach(
              item ->
                  broken.add(
                      new Broken(
                          "work goes on",
                          item.id(),
                          "%d items are not done %d s after the last fault"
                              .formatted(open, DRAIN_LIMIT.toSeconds()))));
    }
    if (broken.isEmpty()) {
      System.out.println("OK, every rule holds");
      return true;
    }
    for (var one : broken.subList(0, Math.min(SHOWN_MAX, broken.size()))) {
      System.out.printf("BROKEN %s: %s: %s%n", one.rule(), one.subject(), one.what());
      Timeline.of(history, one.subject()).forEach(line -> System.out.println("    " + line));
    }
    broken.stream()
        .collect(Collectors.groupingBy(Broken::rule, Collectors.counting()))
        .forEach((rule, times) -> System.out.printf("BROKEN %s, %d times%n", rule, times));
    return false;
  }

  /** Queued, and not held back since its order has failed. */
  private static boolean isWaiting(History history, History.Item item) {
    return item.state().equals("queued")
        && WORKED_ON.contains(history.orders().get(item.order()).state());
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
