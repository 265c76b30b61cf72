package dev.orderly.state.review;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.auth.AuthMessages;
import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.declarative.DeclarativeType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Proposers, agents and reviewers of one test class, all of them over HTTP. */
final class ReviewDesk implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  final TestDatabase db;
  final LiveApi api;
  private final Map<String, String> tokens = new HashMap<>();

  ReviewDesk(TestDatabase db) {
    this.db = db;
    this.api = new LiveApi(db, LiveApi.settings());
  }

  /**
   * Makes a type known.
   *
   * @param approval its section {@code approval}
   * @return its name
   */
  String type(String approval, String onItemFailure) {
    return type(
        new JsonObject()
            .put("approval", new JsonObject(approval))
            .put("on_item_failure", onItemFailure));
  }

  /**
   * @param sections of the type file, beside those that it cannot do without
   */
  String type(JsonObject sections) {
    var name = "reviewed." + NUMBER.incrementAndGet();
    api.engine.type(
        DeclarativeType.restore(
            new JsonObject()
                .put("type", name)
                .put("payload", new JsonObject().put("type", "object"))
                .put(
                    "plan",
                    "[$map(order.payload.items, function($i) { {\"input\": {\"n\": $i}} })]")
                .put(
                    "submission",
                    new JsonObject().put("schema", new JsonObject().put("type", "object")))
                .put("apply", new JsonObject().put("none", new JsonObject()))
                .mergeIn(sections)
                .encode()));
    return name;
  }

  String type(String approval) {
    return type(approval, "fail");
  }

  /** A token of that name with every scope but admin; it may act as the name and as crew-*. */
  String token(String name) {
    return tokens.computeIfAbsent(
        name,
        n ->
            api.token(
                    Engine.TENANT,
                    n,
                    List.of(
                        "work.propose",
                        "work.view",
                        "work.checkout",
                        "work.submit",
                        "work.approve",
                        "work.reject"),
                    null)
                .secret());
  }

  /** A token for agent {@code *}. */
  String adminOfEveryAgent() {
    var token =
        new CreateToken(
            Engine.caller("test"),
            "every",
            "user",
            List.of("work.admin"),
            List.of("*"),
            null,
            null);
    return TestDatabase.await(db.bus().call(AuthMessages.CREATE_TOKEN, token)).secret();
  }

  HttpResponse<String> post(String who, String path, JsonObject body, String... headers) {
    var all = new ArrayList<>(List.of(headers));
    all.add("Idempotency-Key");
    all.add("key-" + NUMBER.incrementAndGet());
    return api.post(token(who), path, body, all.toArray(String[]::new));
  }

  HttpResponse<String> get(String who, String path) {
    return api.get(token(who), path);
  }

  static JsonObject taken(HttpResponse<String> response, int status) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return LiveApi.json(response);
  }

  /** The problem of a refusal, whose status and code are as given. */
  static JsonObject refused(HttpResponse<String> response, int status, String code) {
    var problem = taken(response, status);
    assertThat(problem.getString("code")).as(problem.encode()).isEqualTo(code);
    return problem;
  }

  String propose(String who, String type, int items) {
    var payload =
        new JsonObject().put("items", new JsonArray(IntStream.range(0, items).boxed().toList()));
    var body = new JsonObject().put("type", type).put("payload", payload);
    return taken(post(who, "/propose", body), 201).getJsonObject("order").getString("id");
  }

  /** One item of an order, leased. */
  JsonObject checkout(String who, String order, String... headers) {
    return taken(post(who, "/orders/" + order + "/checkout", new JsonObject(), headers), 200)
        .getJsonObject("item");
  }

  String submit(String who, JsonObject item, String... headers) {
    var body =
        new JsonObject()
            .put("result", new JsonObject().put("by", who))
            .put("lease_token", item.getJsonObject("lease").getString("token"));
    taken(post(who, "/items/" + item.getString("id") + "/submit", body, headers), 202);
    return item.getString("id");
  }

  /** One call about a leased item, under its lease. */
  JsonObject underLease(
      String who, JsonObject item, String call, JsonObject body, String... headers) {
    body.put("lease_token", item.getJsonObject("lease").getString("token"));
    var response = post(who, "/items/" + item.getString("id") + "/" + call, body, headers);
    assertThat(response.statusCode()).as(response.body()).isBetween(200, 202);
    return LiveApi.json(response);
  }

  /** Does everything that is to be done of an order; gives the items' ids. */
  List<String> work(String who, String order, int items) {
    return IntStream.range(0, items).mapToObj(i -> submit(who, checkout(who, order))).toList();
  }

  HttpResponse<String> approve(String who, String order, String... headers) {
    return post(who, "/orders/" + order + "/approve", new JsonObject(), with(headers));
  }

  /** Nobody applies here, so that there is nothing to wait for. */
  private static String[] with(String... headers) {
    var all = new ArrayList<>(List.of(headers));
    all.add("Prefer");
    all.add("wait=0");
    return all.toArray(String[]::new);
  }

  HttpResponse<String> approveItem(String who, String item, String... headers) {
    return post(who, "/items/" + item + "/approve", new JsonObject(), headers);
  }

  static JsonObject errors(boolean rework) {
    return new JsonObject()
        .put(
            "errors",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("code", "wrong")
                        .put("message", "look again")
                        .put("pointer", "/by")))
        .put("allow_rework", rework);
  }

  HttpResponse<String> reject(String who, String order, boolean rework, String... headers) {
    return post(who, "/orders/" + order + "/reject", errors(rework), headers);
  }

  HttpResponse<String> rejectItem(String who, String item, boolean rework, String... headers) {
    return post(who, "/items/" + item + "/reject", errors(rework), headers);
  }

  JsonObject order(String id) {
    return taken(get("viewer", "/orders/" + id), 200).getJsonObject("order");
  }

  JsonObject item(String id) {
    return taken(get("viewer", "/items/" + id), 200).getJsonObject("item");
  }

  String tag(String path) {
    return get("viewer", path).headers().firstValue("ETag").orElseThrow();
  }

  /** How often an event was recorded of an order. */
  long events(String order, String event) {
    return db.<Long>value(
        "select count(*) from work_events where order_id = $1::text::uuid and event = $2",
        order,
        event);
  }

  @Override
  public void close() {
    api.close();
  }
}
