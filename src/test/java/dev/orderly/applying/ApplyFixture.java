package dev.orderly.applying;

import dev.orderly.applying.claim.ApplyFailures;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimOrders;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import dev.orderly.storage.Tx;
import dev.orderly.testing.StubType;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.ApplySpec.Expression;
import dev.orderly.types.ApplySpec.Sql.Snapshot;
import dev.orderly.types.ApplySpec.Sql.Step;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** Nodes that apply, types for them, and single tries under the test's control. */
public final class ApplyFixture {
  public static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

  /** Quick enough for tests: no rest between tries. */
  public static final ApplyVerticle.Settings QUICK =
      new ApplyVerticle.Settings(
          4, Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ZERO, Duration.ofSeconds(60));

  public final TestDatabase db;
  public final StubType.Registry types = new StubType.Registry();
  public final Map<String, Pool> datasources = new HashMap<>();
  public final Map<String, String> secrets = new HashMap<>();
  private final BlockingQueue<UUID> settled = new LinkedBlockingQueue<>();
  private final List<String> nodes = new ArrayList<>();

  public ApplyFixture(TestDatabase db) {
    this.db = db;
    db.bus().listen(OrderHints.SETTLED, hint -> settled.add(hint.orderId()));
  }

  public void type(String name, ApplySpec apply) {
    types.add(new StubType(name, apply));
  }

  /** Gives the deployment's id. */
  public String node(String id, ApplyVerticle.Settings settings, int instances) {
    var node =
        new ApplyVerticle.Node(
            id,
            db.bus(),
            db.pool(),
            types,
            datasources,
            setup(),
            secrets,
            InstantSource.fixed(NOW));
    var deployed =
        TestDatabase.await(
            db.vertx()
                .deployVerticle(
                    ApplyVerticle.on(node, settings),
                    new DeploymentOptions()
                        .setThreadingModel(ThreadingModel.VIRTUAL_THREAD)
                        .setInstances(instances)));
    nodes.add(deployed);
    return deployed;
  }

  /** Nothing was left to be made up for. */
  private SqlSetup setup() {
    return new SqlSetup(db.pool(), datasources);
  }

  public String node() {
    return node("node-1", QUICK, 1);
  }

  public void stopNodes() {
    nodes.forEach(node -> TestDatabase.await(db.vertx().undeploy(node)));
    nodes.clear();
  }

  /** Stops a node; done when it has stopped. */
  public Future<Void> stop(String node) {
    nodes.remove(node);
    return db.vertx().undeploy(node);
  }

  public void wake(UUID order) {
    db.bus().publish(OrderHints.APPROVED, new OrderHint(order));
  }

  /** Waits until that order is settled. */
  public void awaitSettled(UUID order) {
    try {
      UUID next;
      do {
        next = settled.poll(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (next == null) {
          throw new AssertionError("the order was not settled");
        }
      } while (!next.equals(order));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Settles it with one node of the usual settings. */
  public void settle(UUID order) {
    node();
    try {
      awaitSettled(order);
    } finally {
      stopNodes();
    }
  }

  public ClaimOrders claims(String node) {
    return new ClaimOrders(db.pool(), node, Duration.ofSeconds(30));
  }

  public Claim claim(String node) {
    var claims = db.run(() -> claims(node).take(1));
    if (claims.size() != 1) {
      throw new AssertionError("expected one claim, found " + claims);
    }
    return claims.getFirst();
  }

  /** Lets an order's claim lapse, as if its node had been silent for too long. */
  public void lapse(UUID order) {
    db.execute(
        "update work_orders set apply_lease_expires_at = clock_timestamp() - interval '1 second'"
            + " where id = $1",
        order);
  }

  public ApplyFailures failures() {
    return new ApplyFailures(
        new Tx(db.pool()), Duration.ZERO, Duration.ofSeconds(60), RandomGenerator.getDefault());
  }

  public JsonObject order(UUID order) {
    return db.row("select * from work_orders where id = $1", order);
  }

  public String state(UUID order) {
    return order(order).getString("state");
  }

  /** The payloads of an order's events of one kind, oldest first. */
  public List<JsonObject> payloads(UUID order, String event) {
    return db
        .rows(
            "select payload from work_events where order_id = $1 and event = $2 order by id",
            order,
            event)
        .stream()
        .map(row -> row.getJsonObject("payload"))
        .toList();
  }

  public static Expression computed(Function<JsonObject, Object> function) {
    return new StubType.Computed(function);
  }

  /** Each item's result, in a list. */
  public static Expression results() {
    return computed(
        document -> {
          var rows = new JsonArray();
          for (var item : document.getJsonArray("items")) {
            rows.add(((JsonObject) item).getJsonObject("result"));
          }
          return rows;
        });
  }

  public static Step step(String name, String statement, Map<String, Expression> params) {
    return new Step(name, statement, params);
  }

  public static ApplySpec.Sql sql(String datasource, Step... steps) {
    return new ApplySpec.Sql(datasource, List.of(), List.of(steps), null, null, null);
  }

  public static ApplySpec.Sql sql(
      Snapshot before, Snapshot after, Expression summary, Step... steps) {
    return new ApplySpec.Sql(SqlSetup.OWN, List.of(), List.of(steps), before, after, summary);
  }
}
