package dev.orderly.torture;

import dev.orderly.torture.History.Outage;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Breaks one thing after the other, as the seed says, and lets it recover. */
final class Faults {
  /** What can be broken. The name on the command line is that in lower case, with hyphens. */
  enum Kind {
    /** kill -9 of a node, which is started again. */
    NODE_KILL,
    /** A node stops in order and is started again. */
    NODE_STOP,
    /** A node stands still for longer than leases live, and goes on as if nothing had been. */
    NODE_FREEZE,
    AGENTS_KILL,
    AGENTS_FREEZE,
    /** PostgreSQL is stopped, breaking off what runs, and started again. */
    DATABASE_RESTART,
    /** kill -9 of PostgreSQL, which is started again on the same files. */
    DATABASE_KILL,
    /** The server ends the connections of nodes. */
    BACKENDS,
    /** Connections between agents and a node, or a node and the database, break. */
    DROP,
    /** Agents' requests to a node are carried out, and the answers lost. */
    LOSE_ANSWERS,
    /** Likewise between a node and the database: a commit is made and not told. */
    LOSE_COMMITS,
    /** A node's members' network is cut. */
    SPLIT,
    /** Redis stops and is started again, empty. */
    REDIS_RESTART,
    /** kill -9 of Redis, which stays away for a while. */
    REDIS_KILL,
    /** Redis takes requests and answers none. */
    REDIS_FREEZE;

    boolean ofRedis() {
      return this == REDIS_RESTART || this == REDIS_KILL || this == REDIS_FREEZE;
    }

    String wire() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Kind of(String wire) {
      return valueOf(wire.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
  }

  private final Stage stage;
  private final Random random;
  private final List<Kind> kinds;
  private final List<Outage> outages = new ArrayList<>();
  private final Map<Kind, Integer> done = new EnumMap<>(Kind.class);
  private final List<Kind> left = new ArrayList<>();

  Faults(Stage stage, Random random, List<Kind> kinds) {
    this.stage = stage;
    this.random = random;
    this.kinds = List.copyOf(kinds);
  }

  /**
   * Goes on until the time is over; what was begun is brought to its end.
   *
   * @param until monotonic nanoseconds
   */
  void run(long until) throws IOException, SQLException {
    while (System.nanoTime() < until && !kinds.isEmpty()) {
      Child.pause(300 + random.nextInt(1_500));
      // Each once before any a second time: short runs see as much as they can.
      if (left.isEmpty()) {
        left.addAll(kinds);
      }
      one(left.remove(random.nextInt(left.size())));
    }
  }

  private void one(Kind kind) throws IOException, SQLException {
    int node = random.nextInt(stage.nodes().size());
    int group = random.nextInt(stage.groups());
    long from = now();
    System.out.printf("%s %s node-%d%n", Instant.now(), kind.wire(), node + 1);
    strike(kind, node, group);
    stage.awaitReady();
    outages.add(new Outage(kind.wire(), from, now(), !kind.ofRedis()));
    done.merge(kind, 1, Integer::sum);
  }

  private void strike(Kind kind, int index, int group) throws IOException, SQLException {
    var node = stage.nodes().get(index);
    switch (kind) {
      case NODE_KILL -> {
        node.kill();
        Child.pause(random.nextInt(3_000));
        node.start();
        node.awaitReady();
      }
      case NODE_STOP -> {
        node.stop();
        Child.pause(random.nextInt(1_000));
        node.start();
        node.awaitReady();
      }
      case NODE_FREEZE -> {
        node.freeze();
        Child.pause(stage.ttl().toMillis() + 1_000 + random.nextInt(3_000));
        node.thaw();
      }
      case AGENTS_KILL -> {
        stage.group(group).kill();
        stage.restartGroup(group);
      }
      case AGENTS_FREEZE -> {
        stage.group(group).freeze();
        Child.pause(stage.ttl().toMillis() + 1_000 + random.nextInt(1_000));
        stage.group(group).thaw();
      }
      case DATABASE_RESTART -> {
        stage.database().stop();
        Child.pause(random.nextInt(1_000));
        stage.database().start();
      }
      case DATABASE_KILL -> {
        stage.database().kill();
        Child.pause(random.nextInt(1_000));
        stage.database().start();
      }
      case BACKENDS -> terminateBackends();
      case DROP -> stage.proxies(index).get(random.nextInt(stage.proxies(index).size())).drop();
      case LOSE_ANSWERS -> lose(stage.proxyToNode(index));
      case LOSE_COMMITS -> lose(stage.proxyToDatabase(index));
      case SPLIT -> {
        stage.network().cut(index);
        Child.pause(Stage.DETECTION_SECONDS * 1_000L + random.nextInt(6_000));
        stage.network().heal(index);
      }
      case REDIS_RESTART, REDIS_KILL, REDIS_FREEZE -> strike(kind, stage.redis());
    }
  }

  private void strike(Kind kind, RedisProcess redis) throws IOException {
    switch (kind) {
      case REDIS_RESTART -> {
        redis.stop();
        redis.start();
      }
      case REDIS_KILL -> {
        redis.kill();
        Child.pause(500 + random.nextInt(4_000));
        redis.start();
      }
      case REDIS_FREEZE -> {
        redis.freeze();
        Child.pause(500 + random.nextInt(7_000));
        redis.thaw();
      }
      default -> throw new IllegalArgumentException(kind.wire());
    }
    // What leads back to it has time to.
    Child.pause(Stage.REDIS_RETRY_MILLIS * 2 + random.nextInt(2_000));
  }

  private void lose(Proxy proxy) {
    proxy.loseAnswers();
    Child.pause(50 + random.nextInt(800));
    proxy.passAnswers();
  }

  private void terminateBackends() throws SQLException, IOException {
    try (var connection = stage.database().connect();
        var statement = connection.createStatement()) {
      statement.execute(
          "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
              + " and backend_type = 'client backend' and random() < 0.7");
    }
  }

  /** In microseconds of the machine's clock, which is the database's. */
  private static long now() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  List<Outage> outages() {
    return List.copyOf(outages);
  }

  Map<Kind, Integer> done() {
    return Map.copyOf(done);
  }
}
