package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.applying.ApplyVerticle;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

/** Orders whose items depend on each other, over HTTP. */
final class DependenciesFixture implements AutoCloseable {
  final TestDatabase db;
  final LiveApi api;
  final Engine engine;
  private final String admin;

  DependenciesFixture(TestDatabase db) {
    this.db = db;
    this.api = new LiveApi(db, LiveApi.settings());
    this.engine = api.engine;
    this.admin = api.token(Engine.TENANT, "crew-admin", List.of("work.admin"), null).secret();
    engine.applying(
        new ApplyVerticle.Settings(
            2,
            Duration.ofMillis(50),
            Duration.ofSeconds(30),
            Duration.ZERO,
            Duration.ofSeconds(1)));
  }

  @Override
  public void close() {
    api.close();
  }

  /** An item of a plan. */
  static JsonObject item(String name, String... after) {
    return new JsonObject().put("name", name).put("after", new JsonArray(Arrays.asList(after)));
  }

  static JsonObject payload(JsonObject... items) {
    return new JsonObject().put("items", new JsonArray(Arrays.asList(items)));
  }

  String type(String name) {
    engine.type(new TestType(name));
    return name;
  }

  HttpResponse<String> propose(String type, JsonObject payload, Object... dependsOn) {
    var body = new JsonObject().put("type", type).put("payload", payload);
    if (dependsOn.length > 0) {
      body.put(
          "depends_on", new JsonArray(Arrays.stream(dependsOn).map(Object::toString).toList()));
    }
    return post("/propose", body);
  }

  /** A new order's id. */
  UUID proposed(String type, JsonObject payload, Object... dependsOn) {
    var response = propose(type, payload, dependsOn);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
    return UUID.fromString(json(response).getJsonObject("order").getString("id"));
  }

  HttpResponse<String> post(String path, JsonObject body) {
    return api.post(admin, path, body, "Idempotency-Key", UUID.randomUUID().toString());
  }

  JsonObject get(String path) {
    var response = api.get(admin, path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response);
  }

  JsonObject order(UUID id) {
    return get("/orders/" + id).getJsonObject("order");
  }

  /** The order's items in the order of the plan. */
  List<JsonObject> items(UUID order) {
    var items = order(order).getJsonArray("items");
    return IntStream.range(0, items.size()).mapToObj(items::getJsonObject).toList();
  }

  JsonObject item(UUID order, String key) {
    return items(order).stream()
        .filter(item -> key.equals(item.getString("key")))
        .findFirst()
        .orElseThrow();
  }

  HttpResponse<String> checkout(UUID order) {
    return post("/orders/" + order + "/checkout", new JsonObject());
  }

  /** The next item of the order, leased. */
  JsonObject leased(UUID order) {
    var response = checkout(order);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response).getJsonObject("item");
  }

  /** The keys of all that can be leased now. */
  List<String> leasable(UUID order) {
    var leased = new ArrayList<JsonObject>();
    for (var response = checkout(order); response.statusCode() == 200; response = checkout(order)) {
      leased.add(json(response).getJsonObject("item"));
    }
    leased.forEach(item -> post("/items/" + item.getString("id") + "/release", new JsonObject()));
    return leased.stream().map(item -> item.getString("key")).toList();
  }

  HttpResponse<String> submit(JsonObject item) {
    return submit(item, new JsonObject().put("ok", true).put("of", item.getString("key")));
  }

  HttpResponse<String> submit(JsonObject item, JsonObject result) {
    return post(
        "/items/" + item.getString("id") + "/submit",
        new JsonObject()
            .put("result", result)
            .put("lease_token", item.getJsonObject("lease").getString("token")));
  }

  /** Leases and submits whatever comes next. */
  String workOne(UUID order) {
    var item = leased(order);
    var response = submit(item);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
    return item.getString("key");
  }

  /** Works on all of the order, in whichever order it comes. */
  List<String> work(UUID order) {
    return items(order).stream().map(item -> workOne(order)).toList();
  }

  HttpResponse<String> approve(UUID order) {
    return post("/orders/" + order + "/approve", new JsonObject());
  }

  /** Works on an order of one item, or more, until it is completed. */
  void complete(UUID order) {
    work(order);
    var response = approve(order);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  HttpResponse<String> sendBack(UUID order, String... keys) {
    var ids = Arrays.stream(keys).map(key -> item(order, key).getString("id")).toList();
    return post(
        "/orders/" + order + "/reject",
        new JsonObject()
            .put(
                "errors",
                new JsonArray().add(new JsonObject().put("code", "c").put("message", "m")))
            .put("allow_rework", true)
            .put("items", new JsonArray(ids)));
  }

  /** What the database says of the order's counts must be what its dependencies say. */
  void assertConsistent(UUID order) {
    assertThat(
            db.rows(
                """
                select i.key from work_items_now i where i.order_id = $1 and i.waits_for <>
                  (select count(*) from item_dependencies d where d.item_id = i.id and not d.satisfied)
                  + (select count(*) from order_dependencies d where d.order_id = i.order_id and not d.satisfied)
                """,
                order))
        .isEmpty();
    assertThat(
            db.rows(
                """
                select i.key from item_dependencies d join work_items i on i.id = d.depends_on_item_id
                where i.order_id = $1 and d.satisfied <> (i.state in ('submitted', 'accepted', 'completed'))
                """,
                order))
        .isEmpty();
  }
}
