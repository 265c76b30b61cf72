package dev.orderly.applying.preview;

import static dev.orderly.api.LiveApi.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.applying.ApplyVerticle;
import dev.orderly.applying.sql.SqlSetup;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFileException;
import dev.orderly.types.declarative.TypeFiles;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.ThreadingModel;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Orders and their reviews over HTTP, with everything behind it: the features, a database, another
 * one called {@code crm}, a table {@code tiers} in each, and a target for webhooks.
 */
final class Reviews implements AutoCloseable {
  private static final ApplyVerticle.Settings QUICK =
      new ApplyVerticle.Settings(
          4, Duration.ofMillis(50), Duration.ofSeconds(30), Duration.ZERO, Duration.ofSeconds(1));

  final TestDatabase db;
  final LiveApi api;
  final Engine engine;
  final Pool crm;
  final String proposer;
  final String reviewer;
  final List<Called> calls = new CopyOnWriteArrayList<>();

  /** What the target answers to a body. */
  volatile Function<JsonObject, JsonObject> target = body -> new JsonObject();

  /** What the target waits for before it answers. */
  volatile Future<Void> gate = Future.succeededFuture();

  private final String worker;
  private final HttpServer server;
  private final AtomicInteger keys = new AtomicInteger();
  private final Deque<String> applying = new ArrayDeque<>();

  /** What the target got. */
  record Called(MultiMap headers, JsonObject body) {
    boolean dryRun() {
      return "true".equals(headers.get("Orderly-Dry-Run"));
    }
  }

  Reviews(TestDatabase db) {
    this.db = db;
    this.crm = db.otherDatabase();
    api = new LiveApi(db, LiveApi.settings());
    engine = api.engine;
    proposer = token("proposer", "work.propose", "work.view");
    reviewer = token("reviewer", "work.approve", "work.reject", "work.view");
    worker = api.agent("worker");
    db.execute("create table public.tiers (city text primary key, tier text not null)");
    TestDatabase.await(
        crm.query("create table tiers (city text primary key, tier text)").execute());
    server =
        TestDatabase.await(
            db.vertx().createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1"));
    apply();
  }

  /** As nothing had been changed or called yet. */
  void clear() {
    db.execute("delete from public.tiers");
    calls.clear();
    target = body -> new JsonObject();
  }

  /** What the table in Orderly's own database holds. */
  List<JsonObject> tiers() {
    return db.rows("select city, tier from public.tiers order by city");
  }

  private String token(String name, String... scopes) {
    return api.token(Engine.TENANT, name, List.of(scopes), null).secret();
  }

  /** Applies approved orders, and foretells changes, from now on. */
  void apply() {
    var datasources = Map.of("crm", crm);
    var node =
        new ApplyVerticle.Node(
            "node",
            db.bus(),
            db.database().background(),
            engine.registry(),
            datasources,
            new SqlSetup(db.pool(), datasources),
            Map.of("target", "a-secret"),
            InstantSource.system());
    applying.push(
        TestDatabase.await(
            db.vertx()
                .deployVerticle(
                    ApplyVerticle.on(node, QUICK),
                    new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))));
  }

  /** As before the last {@link #apply}. */
  void stopApplying() {
    TestDatabase.await(db.vertx().undeploy(applying.pop()));
  }

  private void answer(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              var json = body.toJsonObject();
              calls.add(
                  new Called(MultiMap.caseInsensitiveMultiMap().addAll(request.headers()), json));
              gate.onComplete(open -> request.response().end(target.apply(json).toBuffer()));
            });
  }

  String url() {
    return "http://127.0.0.1:%d/change".formatted(server.actualPort());
  }

  /** A type as a file declares it. */
  static OrderType declared(String yaml) {
    try {
      var file = Files.createTempDirectory("orderly-reviews").resolve("a.type.yaml");
      Files.writeString(file, yaml);
      return TypeFiles.load(List.of(file)).getFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is wrong with a file, without its name. */
  static List<String> faults(String yaml) {
    try {
      declared(yaml);
      return List.of();
    } catch (TypeFileException e) {
      return e.lines().stream().map(line -> line.replaceFirst(".*a\\.type\\.yaml:", "")).toList();
    }
  }

  Reviews type(String yaml) {
    engine.type(declared(yaml));
    return this;
  }

  HttpResponse<String> post(String token, String path, JsonObject body) {
    return api.post(token, path, body, "Idempotency-Key", "key-" + keys.incrementAndGet());
  }

  /** Proposes an order of one item and submits its result. */
  UUID submitted(String type, JsonObject payload, JsonObject result) {
    var proposed =
        post(proposer, "/propose", new JsonObject().put("type", type).put("payload", payload));
    assertThat(proposed.statusCode()).as(proposed.body()).isEqualTo(201);
    var order = UUID.fromString(json(proposed).getJsonObject("order").getString("id"));
    submit(order, result);
    return order;
  }

  void submit(UUID order, JsonObject result) {
    var leased = api.post(worker, "/orders/" + order + "/checkout", new JsonObject());
    assertThat(leased.statusCode()).as(leased.body()).isEqualTo(200);
    var item = json(leased).getJsonObject("item").getString("id");
    var done = post(worker, "/items/" + item + "/submit", new JsonObject().put("result", result));
    assertThat(done.statusCode()).as(done.body()).isEqualTo(202);
  }

  HttpResponse<String> previewed(UUID order) {
    return api.get(reviewer, "/orders/" + order + "/preview");
  }

  JsonObject preview(UUID order) {
    var response = previewed(order);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response);
  }

  HttpResponse<String> approve(UUID order) {
    return post(reviewer, "/orders/" + order + "/approve", new JsonObject());
  }

  HttpResponse<String> reject(UUID order, boolean rework) {
    var errors =
        new JsonArray().add(new JsonObject().put("code", "wrong").put("message", "look again"));
    return post(
        reviewer,
        "/orders/" + order + "/reject",
        new JsonObject().put("errors", errors).put("allow_rework", rework));
  }

  /** Approves it, and it is completed. */
  JsonObject complete(UUID order) {
    var response = approve(order);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var completed = order(order);
    assertThat(completed.getString("state")).as(completed.encode()).isEqualTo("completed");
    return completed;
  }

  HttpResponse<String> revert(UUID order) {
    return post(
        proposer, "/orders/" + order + "/revert", new JsonObject().put("reason", "it was wrong"));
  }

  /** Asks for the order that undoes another. */
  UUID reverting(UUID order) {
    var response = revert(order);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    return UUID.fromString(json(response).getJsonObject("order").getString("id"));
  }

  JsonObject order(UUID order) {
    return json(api.get(reviewer, "/orders/" + order)).getJsonObject("order");
  }

  String state(UUID order) {
    return order(order).getString("state");
  }

  void awaitState(UUID order, String state) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!engine.orderState(order).equals(state)) {
      assertThat(System.nanoTime()).as("the order became %s", state).isLessThan(end);
    }
  }

  /** An order's events of one kind, oldest first. */
  List<JsonObject> events(UUID order, String event) {
    return db.rows(
        "select * from work_events where order_id = $1 and event = $2 and item_id is null"
            + " order by id",
        order,
        event);
  }

  static String code(HttpResponse<String> refused) {
    return json(refused).getString("code");
  }

  @Override
  public void close() {
    TestDatabase.await(server.close());
    api.close();
  }
}
