package dev.orderly.applying;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TypeTexts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/** Orders of declared types over the HTTP API, and nodes that apply them. */
public final class LiveOrders implements AutoCloseable {
  private final TestDatabase db;
  private final Path directory;
  private final LiveApi api;
  private final String token;

  public LiveOrders(TestDatabase db, Path directory) {
    this.db = db;
    this.directory = directory;
    this.api = new LiveApi(db, LiveApi.settings());
    this.token =
        api.token(Engine.TENANT, "all-" + UUID.randomUUID(), List.of("work.admin"), null).secret();
  }

  public Engine engine() {
    return api.engine;
  }

  /**
   * Declares a type whose payload {@code {items: [input …]}} is its plan, each item with the key of
   * its input.
   *
   * @param rest from {@code apply} on
   */
  public LiveOrders declare(String name, String rest) {
    api.engine.type(
        TypeTexts.type(
            directory,
            """
            type: %s
            payload: { type: object, required: [items] }
            plan: '[order.payload.items.{ "input": $, "key": k }]'
            submission: { schema: { type: object } }
            """
                    .formatted(name)
                + rest));
    return this;
  }

  /** As {@link ApplyFixture#QUICK}. Gives the deployment's id. */
  public String node() {
    return api.engine.applying(ApplyFixture.QUICK);
  }

  public HttpResponse<String> post(String path, JsonObject body) {
    return api.post(token, path, body, "Idempotency-Key", UUID.randomUUID().toString());
  }

  /** The body of an answer that must have the status. */
  public JsonObject posted(int status, String path, JsonObject body) {
    var answer = post(path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return LiveApi.json(answer);
  }

  public UUID propose(String type, String... keys) {
    var items = new JsonArray();
    List.of(keys).forEach(key -> items.add(new JsonObject().put("k", key)));
    return UUID.fromString(
        posted(
                201,
                "/propose",
                new JsonObject()
                    .put("type", type)
                    .put("payload", new JsonObject().put("items", items)))
            .getJsonObject("order")
            .getString("id"));
  }

  /** Submits the next items of an order, each with its key as result. */
  public List<UUID> submit(UUID order, int items) {
    return IntStream.range(0, items).mapToObj(n -> submit(order)).toList();
  }

  private UUID submit(UUID order) {
    var item =
        posted(200, "/orders/" + order + "/checkout", new JsonObject()).getJsonObject("item");
    var result = new JsonObject().put("r", item.getJsonObject("input").getString("k"));
    posted(
        202, "/items/" + item.getString("id") + "/submit", new JsonObject().put("result", result));
    return UUID.fromString(item.getString("id"));
  }

  /** Does not wait for the change. */
  public void approve(UUID order) {
    var answer = approve(order, 0);
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 202);
  }

  public HttpResponse<String> approve(UUID order, int waitSeconds) {
    return api.post(
        token,
        "/orders/" + order + "/approve",
        new JsonObject(),
        "Idempotency-Key",
        UUID.randomUUID().toString(),
        "Prefer",
        "wait=" + waitSeconds);
  }

  public JsonObject show(UUID order) {
    return LiveApi.json(api.get(token, "/orders/" + order)).getJsonObject("order");
  }

  /** The order once it is in that state. */
  public JsonObject await(UUID order, String state) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!api.engine.orderState(order).equals(state)) {
      assertThat(System.nanoTime())
          .as("order %s became %s, it is %s", order, state, show(order).encodePrettily())
          .isLessThan(end);
      Thread.onSpinWait();
    }
    return show(order);
  }

  /** The order's own events of one kind, oldest first. */
  public List<JsonObject> events(UUID order, String event) {
    return db.rows(
        "select payload, message, actor_id, item_id from work_events where order_id = $1"
            + " and event = $2 order by id",
        order,
        event);
  }

  @Override
  public void close() {
    api.close();
  }
}
