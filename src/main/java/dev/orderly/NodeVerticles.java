package dev.orderly;

import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.Placement;
import dev.orderly.config.Config;
import dev.orderly.config.Secret;
import dev.orderly.leasing.HandedOut;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.desk.LeasingVerticle;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.maintenance.DeadLetters;
import dev.orderly.maintenance.IdempotencyCleanup;
import dev.orderly.maintenance.LeaseSweep;
import dev.orderly.maintenance.MaintenanceVerticle;
import dev.orderly.maintenance.MaintenanceVerticle.Scheduled;
import dev.orderly.maintenance.OverdueReviews;
import dev.orderly.maintenance.StaleLimits;
import dev.orderly.state.PartLimits;
import dev.orderly.state.SettledOrders;
import dev.orderly.state.StateVerticle;
import dev.orderly.storage.Database;
import dev.orderly.storage.Tx;
import dev.orderly.types.registry.Registry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a node does behind its HTTP server, as it is configured. */
final class NodeVerticles {
  private static final int AUTO_APPROVAL_SWEEP_MILLIS = 5_000;

  private final Config config;
  private final Vertx vertx;
  private final Bus bus;
  private final Database database;
  private final Registry registry;
  private final LeaseTokens tokens;
  private final Queue<String> deployed = new ConcurrentLinkedQueue<>();

  NodeVerticles(
      Config config,
      Vertx vertx,
      Bus bus,
      Database database,
      Registry registry,
      LeaseTokens tokens) {
    this.config = config;
    this.vertx = vertx;
    this.bus = bus;
    this.database = database;
    this.registry = registry;
    this.tokens = tokens;
  }

  /** Deploys what may block, each instance on virtual threads. */
  Future<String> deploy(int instances, Supplier<? extends Deployable> verticle) {
    return vertx
        .deployVerticle(
            verticle,
            new DeploymentOptions()
                .setInstances(instances)
                .setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
        .onSuccess(deployed::add);
  }

  /** Stops all of it, while the database can still be asked: what is under way may be finished. */
  Future<?> undeploy() {
    return Future.join(deployed.stream().map(vertx::undeploy).toList());
  }

  Future<?> deployLeasing(Placement placement, Shards shards, Heartbeats heartbeats) {
    int instances = config.leasing().instances();
    var settings =
        new LeasingVerticle.Settings(
            instances,
            config.leasing().batchMax(),
            config.leasing().inboxMax(),
            config.idempotency().keepHours(),
            config.leasing().pollIntervalMillis(),
            config.leasing().bundleMin(),
            agentLimits());
    return Future.all(
        IntStream.range(0, instances)
            .mapToObj(
                index ->
                    vertx
                        .deployVerticle(
                            new LeasingVerticle(
                                index,
                                settings,
                                bus,
                                placement,
                                database.leasing(),
                                registry,
                                shards,
                                tokens,
                                heartbeats))
                        .onSuccess(deployed::add))
            .toList());
  }

  private AgentLimits agentLimits() {
    var limits = config.limits();
    return new AgentLimits(
        AgentLimits.Numbers.of(limits.agentLeases(), limits.agentLeasesFor()),
        AgentLimits.Numbers.of(
            limits.agentCheckoutsPerSecond(), limits.agentCheckoutsPerSecondFor()));
  }

  Future<?> deployState(Placement placement, HandedOut handedOut, SettledOrders settled) {
    var settings =
        new StateVerticle.Settings(
            config.state().submitBatchMax(),
            config.state().submitParallelMax(),
            config.state().inboxMax(),
            config.idempotency().keepHours(),
            AUTO_APPROVAL_SWEEP_MILLIS,
            new PartLimits(
                config.parts().maxCount(),
                config.parts().maxPartBytes(),
                config.parts().maxTotalBytes()));
    return deploy(
        config.state().instances(),
        () ->
            new StateVerticle(
                settings,
                bus,
                database.commands(),
                database.queries(),
                registry,
                tokens,
                handedOut,
                settled,
                placement::isAlone,
                InstantSource.system()));
  }

  Future<?> deployApply(String nodeId, Map<String, Pool> datasources, SqlSetup setup) {
    var apply = config.apply();
    var secrets =
        config.secrets().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, e -> reveal(e.getValue())));
    var node =
        new ApplyVerticle.Node(
            nodeId,
            bus,
            database.background(),
            registry,
            datasources,
            setup,
            secrets,
            InstantSource.system());
    var settings =
        new ApplyVerticle.Settings(
            apply.parallelMax(),
            Duration.ofSeconds(apply.pollIntervalSeconds()),
            Duration.ofSeconds(apply.leaseSeconds()),
            Duration.ofSeconds(apply.backoffSeconds()),
            Duration.ofSeconds(apply.maxBackoffSeconds()));
    return deploy(apply.instances(), ApplyVerticle.on(node, settings));
  }

  private static String reveal(Secret secret) {
    return secret.reveal();
  }

  Future<?> deployMaintenance(Heartbeats heartbeats) {
    var sweep = Duration.ofSeconds(config.maintenance().sweepIntervalSeconds());
    var cleanup = Duration.ofSeconds(config.maintenance().cleanupIntervalSeconds());
    var deadLetterAfter = Duration.ofHours(config.maintenance().deadLetterAfterHours());
    var pool = database.background();
    var expire = new ExpireLeases(new Tx(pool), bus, heartbeats);
    var duties =
        new ArrayList<>(
            List.of(
                new Scheduled(new LeaseSweep(expire), sweep),
                new Scheduled(new OverdueReviews(pool), sweep),
                new Scheduled(new DeadLetters(pool, deadLetterAfter), cleanup),
                new Scheduled(new IdempotencyCleanup(pool), cleanup),
                new Scheduled(new StaleLimits(pool), cleanup)));
    duties.addAll(NodeArtifactStore.duties(vertx, config, pool));
    return deploy(1, () -> new MaintenanceVerticle(pool, duties));
  }
}
