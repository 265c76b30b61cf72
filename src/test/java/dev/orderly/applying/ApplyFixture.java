package dev.orderly.applying;

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
final class ApplyFixture {
  static final Instant NOW = Instant.parse("2026-02-03T04:05:06Z");

  /** Quick enough for tests: no rest between tries. */
  static final ApplyVerticle.Settings QUICK =
      new ApplyVerticle.Settings(
          4, Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ZERO, Duration.ofSeconds(60));

  final TestDatabase db;
  final StubType.Registry types = new StubType.Registry();
  final Map<String, Pool> datasources = new HashMap<>();
  final Map<String, String> secrets = new HashMap<>();
  private final BlockingQueue<UUID> settled = new LinkedBlockingQueue<>();
  private final List<String> nodes = new ArrayList<>();

  ApplyFixture(TestDatabase db) {
    this.db = db;
    db.bus().listen(OrderHints.SETTLED, hint -> settled.add(hint.orderId()));
  }

  void type(String name, ApplySpec apply) {
    types.add(new StubType(name, apply));
  }

  /** Gives the deployment's id. */
  String node(String id, ApplyVerticle.Settings settings, int instances) {
    var node =
        new ApplyVerticle.Node(
            id, db.bus(), db.pool(), types, datasources, secrets, InstantSource.fixed(NOW));
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

  String node() {
    return node("node-1", QUICK, 1);
  }

  void stopNodes() {
    nodes.forEach(node -> TestDatabase.await(db.vertx().undeploy(node)));
    nodes.clear();
  }

  /** Stops a node; done when it has stopped. */
  Future<Void> stop(String node) {
    nodes.remove(node);
    return db.vertx().undeploy(node);
  }

  void wake(UUID order) {
    db.bus().publish(OrderHints.APPROVED, new OrderHint(order));
  }

  /** Waits until that order is settled. */
  void awaitSettled(UUID order) {
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
  void settle(UUID order) {
    node();
    try {
      awaitSettled(order);
    } finally {
      stopNodes();
    }
  }

  ClaimOrders claims(String node) {
    return new ClaimOrders(db.pool(), node, Duration.ofSeconds(30));
  }

  Claim claim(String node) {
    var claims = db.run(() -> claims(node).take(1));
    if (claims.size() != 1) {
      throw new AssertionError("expected one claim, found " + claims);
    }
    return claims.getFirst();
  }

  /** Lets an order's claim lapse, as if its node had been silent for too long. */
  void lapse(UUID order) {
    db.execute(
        "update work_orders set apply_lease_expires_at = clock_timestamp() - interval '1 second'"
            + " where id = $1",
        order);
  }

  ApplyFailures failures() {
    return new ApplyFailures(
        new Tx(db.pool()), Duration.ZERO, Duration.ofSeconds(60), RandomGenerator.getDefault());
  }

  JsonObject order(UUID order) {
    return db.row("select * from work_orders where id = $1", order);
  }

  String state(UUID order) {
    return order(order).getString("state");
  }

  /** The payloads of an order's events of one kind, oldest first. */
  List<JsonObject> payloads(UUID order, String event) {
    return db
        .rows(
            "select payload from work_events where order_id = $1 and event = $2 order by id",
            order,
            event)
        .stream()
        .map(row -> row.getJsonObject("payload"))
        .toList();
  }

  static Expression computed(Function<JsonObject, Object> function) {
    return new StubType.Computed(function);
  }

  /** Each item's result, in a list. */
  static Expression results() {
    return computed(
        document -> {
          var rows = new JsonArray();
          for (var item : document.getJsonArray("items")) {
            rows.add(((JsonObject) item).getJsonObject("result"));
          }
          return rows;
        });
  }

  static Step step(String name, String statement, Map<String, Expression> params) {
    return new Step(name, statement, params);
  }

  static ApplySpec.Sql sql(String datasource, Step... steps) {
    return new ApplySpec.Sql(datasource, List.of(), List.of(steps), null, null, null);
  }

  static ApplySpec.Sql sql(Snapshot before, Snapshot after, Expression summary, Step... steps) {
    return new ApplySpec.Sql(SqlSetup.OWN, List.of(), List.of(steps), before, after, summary);
  }
}
