package dev.orderly;

import dev.orderly.api.Collaborators;
import dev.orderly.api.Draining;
import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.artifacts.Artifacts;
import dev.orderly.auth.AuthVerticle;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.BusOptions;
import dev.orderly.cluster.HazelcastCluster;
import dev.orderly.cluster.Placement;
import dev.orderly.config.Config;
import dev.orderly.leasing.HandedOut;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.desk.BusDesks;
import dev.orderly.leasing.desk.QueueMetrics;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import dev.orderly.state.SettledOrders;
import dev.orderly.state.TypeArchive;
import dev.orderly.storage.Database;
import dev.orderly.storage.NodeSecrets;
import dev.orderly.storage.SqlState;
import dev.orderly.types.registry.Registry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node: what is deployed, in which order, and how it stops. */
public final class Node {
  private static final int LEASES_REMEMBERED = 20_000;
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final String LEASE_TOKENS = "lease-tokens";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(3);

  /** Longer than any verticle gives what is under way. */
  private static final Duration UNDER_WAY_LIMIT = Duration.ofSeconds(8);

  private final Config config;
  private final Draining draining = new Draining();
  private final SettledOrders settled = new SettledOrders();
  private final HandedOut handedOut = new HandedOut(LEASES_REMEMBERED, System::nanoTime);
  private final CountDownLatch rejoined = new CountDownLatch(1);
  private final NodeMetrics metrics = new NodeMetrics();
  private NodeDatabase storage;
  private HazelcastCluster cluster;
  private Placement placement;
  private Vertx vertx;
  private Database database;
  private NodeVerticles verticles;

  /** Null unless heartbeats are kept there. */
  private RedisHeartbeats redis;

  private String apiDeployment;
  private int port;

  private Node(Config config) {
    this.config = config;
  }

  /**
   * Starts a node; it serves when this returns.
   *
   * @throws RuntimeException if it cannot start; its message is one line for the operator, and
   *     nothing is left running
   */
  public static Node start(Config config) {
    var node = new Node(config);
    try {
      node.start();
      return node;
    } catch (Throwable e) {
      // await() throws what failed as it is, checked or not.
      node.stop();
      throw e;
    }
  }

  /** The port that it listens on. */
  public int port() {
    return port;
  }

  public Path adminTokenFile() {
    return config.storage().dataDir().resolve("admin.token");
  }

  private void start() {
    NodeTls.check(config);
    var types = NodeTypes.load(config.types());
    storage = NodeDatabase.open(config.storage());
    joinCluster(NodeTypes.limits(types));
    Bus.install(vertx);
    var bus =
        new Bus(vertx, Duration.ofSeconds(config.api().requestTimeoutSeconds()), SqlState::explain);
    database =
        new Database(
            vertx,
            storage.address(),
            new Database.Sizes(
                config.storage().poolSize(),
                config.storage().queryPoolSize(),
                config.storage().leasingPoolSize(),
                config.storage().backgroundPoolSize() + ApplyVerticle.PREVIEWS_MAX),
            config.storage().connectTimeoutSeconds());
    var datasources = storage.datasources(vertx, config.datasources());
    var archive = new TypeArchive(database.commands());
    await(archive.keep(types));
    var setup = new SqlSetup(database.background(), datasources);
    setup.run(types);
    var registry = new Registry(types, archive);
    var tokens = new LeaseTokens(await(NodeSecrets.get(database.commands(), LEASE_TOKENS)));
    var shards = new Shards(config.leasing().shards());

    verticles = new NodeVerticles(config, vertx, bus, database, registry, tokens);
    await(
        verticles.deploy(
            1,
            () ->
                new AuthVerticle(
                    database.commands(), bus, adminTokenFile(), config.idempotency().keepHours())));
    openRedis();
    await(verticles.deployLeasing(placement, shards, heartbeats()));
    await(verticles.deployState(placement, handedOut, settled));
    await(verticles.deployApply(storage.nodeId(), datasources, setup));
    var artifacts = NodeArtifactStore.verticle(vertx, config, database, storage.address());
    await(verticles.deploy(1, () -> artifacts));
    await(verticles.deployMaintenance(heartbeats()));
    deployApi(
        bus,
        artifacts.artifacts(),
        new BusDesks(
            vertx,
            bus,
            placement,
            new BusDesks.Settings(
                config.leasing().inboxMax(),
                Duration.ofSeconds(config.api().requestTimeoutSeconds())),
            shards,
            tokens,
            handedOut));
    new QueueMetrics(database.queries(), metrics.registry())
        .start(vertx, config.metrics().sampleIntervalSeconds());
  }

  /** Starts Vert.x, alone or with the other nodes of the database. */
  private void joinCluster(Map<String, String> limits) {
    var options = new VertxOptions();
    if (!config.cluster().enabled()) {
      placement = Placement.alone(storage.nodeId(), config.leasing().instances());
      vertx = metrics.vertx(options).build();
      return;
    }
    cluster = HazelcastCluster.join(config, limits, storage.databaseId(), storage.nodeId());
    placement = cluster;
    cluster.onRejoin(rejoined::countDown);
    options.setEventBusOptions(BusOptions.of(config.cluster()));
    vertx =
        await(
            metrics
                .vertx(options)
                .withClusterManager(cluster.manager())
                .buildClustered()
                .recover(
                    failure ->
                        Future.failedFuture(
                            CannotListen.explain(
                                failure,
                                "at cluster.host %s, cluster.bus_port %d"
                                    .formatted(
                                        config.cluster().host(), config.cluster().busPort())))));
  }

  /** Returns when this node was cut off from the others, which happens at most once. */
  void awaitRejoin() {
    while (true) {
      try {
        rejoined.await();
        return;
      } catch (InterruptedException e) {
        LOG.debug("Nothing interrupts this thread on purpose", e);
      }
    }
  }

  /** A node without its Redis starts all the same, and looks for it again and again. */
  private void openRedis() {
    if (config.leasing().withRedis()) {
      redis =
          await(
              RedisHeartbeats.open(vertx, NodeRedis.settings(config.redis()), metrics.registry()));
    }
  }

  private Heartbeats heartbeats() {
    return redis == null ? Heartbeats.none() : redis;
  }

  private void deployApi(Bus bus, Artifacts artifacts, BusDesks desks) {
    var collaborators =
        new Collaborators(
            bus,
            desks,
            artifacts,
            placement,
            new NodeHealth(database.commands(), redis),
            metrics::scrape,
            metrics.registry(),
            draining,
            InstantSource.system());
    var api = new NodeApi(config, collaborators);
    apiDeployment = await(api.deploy(vertx));
    port = api.port();
    api.describe(bus, placement);
  }

  /**
   * Serves on for as long as load balancers may need to see that it is about to stop, or until the
   * thread is interrupted.
   */
  void drain() {
    int seconds = config.api().drainSeconds();
    if (seconds > 0) {
      LOG.info(
          "The node stops in {} s; until then it serves, and says that it is not ready", seconds);
      draining.announce();
      try {
        TimeUnit.SECONDS.sleep(seconds);
      } catch (InterruptedException e) {
        LOG.debug("Whoever stops the node will not wait any longer", e);
      }
    }
  }

  /**
   * Stops: no new requests, those that run may finish within the grace time, then everything else.
   * What is cut off is taken up again by another node or the next start.
   */
  public void stop() {
    draining.begin();
    settled.releaseAll();
    if (cluster != null) {
      cluster.quiet();
    }
    if (vertx != null) {
      if (apiDeployment != null) {
        quietly(vertx.undeploy(apiDeployment), grace());
      }
      if (verticles != null) {
        quietly(verticles.undeploy(), UNDER_WAY_LIMIT);
      }
      if (redis != null) {
        redis.close();
      }
      quietly(vertx.close(), STOP_LIMIT);
    }
    if (cluster != null) {
      cluster.close();
    }
    if (storage != null) {
      storage.close();
    }
    metrics.close();
  }

  private Duration grace() {
    return Duration.ofSeconds(config.api().shutdownGraceSeconds());
  }

  private static void quietly(Future<?> stopping, Duration limit) {
    try {
      stopping.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("Not everything stopped within {} s; going on", limit.toSeconds());
    } catch (RuntimeException e) {
      LOG.warn("Not everything stopped cleanly", e);
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException("The node did not start within " + START_LIMIT, e);
    }
  }
}
