package dev.orderly.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Three people with tokens of their own, each at another node, who decide at the same instant. */
final class Reviewers implements AutoCloseable {
  private static final int TRIES = 100;
  private static final String TYPE =
      """
      type: %s
      payload: { type: object }
      submission: { schema: { type: object } }
      approval: { quorum: %d }
      apply: { none: {} }
      """;

  private final Api admin;
  private final List<URI> nodes;
  private final List<Api> reviewers = new ArrayList<>();
  private final List<String> orders = new ArrayList<>();
  private int keys;

  Reviewers(Api admin, List<URI> nodes) {
    this.admin = admin;
    this.nodes = nodes;
    for (var name : List.of("ann", "bob", "cid")) {
      var token =
          new JsonObject().put("name", name).put("scopes", new JsonArray().add("work.approve"));
      var made = admin.post(nodes.getFirst(), "/tokens", null, null, token);
      assertThat(made.status()).as(made.body().encode()).isEqualTo(201);
      reviewers.add(new Api(made.body().getString("secret"), Duration.ofSeconds(30)));
    }
  }

  static void writeTypes(Path directory) throws IOException {
    for (int quorum = 1; quorum <= 2; quorum++) {
      var name = type(quorum);
      Files.writeString(directory.resolve(name + ".type.yaml"), TYPE.formatted(name, quorum));
    }
  }

  private static String type(int quorum) {
    return "cluster.review." + (char) ('a' + quorum - 1);
  }

  /** As many of the three are taken as the quorum is; the change is made once. */
  void decideAtTheSameInstant() {
    for (int i = 0; i < TRIES; i++) {
      for (int quorum = 1; quorum <= 2; quorum++) {
        var order = submitted(type(quorum), i % nodes.size());
        orders.add(order);
        var calls = new ArrayList<CompletableFuture<Api.Reply>>();
        for (int who = 0; who < reviewers.size(); who++) {
          var api = reviewers.get(who);
          var node = nodes.get((who + i) % nodes.size());
          var key = "review-" + keys++;
          calls.add(
              CompletableFuture.supplyAsync(
                  () ->
                      api.post(
                          node, "/orders/" + order + "/approve", null, key, new JsonObject())));
        }
        var statuses = calls.stream().map(call -> call.join().status()).toList();
        assertThat(statuses).allSatisfy(status -> assertThat(status).isIn(200, 202, 409));
        assertThat(statuses.stream().filter(status -> status != 409)).hasSize(quorum);
      }
    }
  }

  void assertAppliedOnce(Connection database) throws SQLException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    for (var order : orders) {
      while (!state(order).equals("completed")) {
        assertThat(System.nanoTime()).as("every approved order is completed").isLessThan(until);
        Child.pause(20);
      }
    }
    try (var statement =
        database.prepareStatement(
            """
                select event, count(*), count(distinct order_id) from work_events
                where item_id is null and event in ('approved', 'applied') and order_id = any(?::uuid[])
                group by event
                """)) {
      statement.setArray(1, database.createArrayOf("text", orders.toArray()));
      try (var rows = statement.executeQuery()) {
        int events = 0;
        while (rows.next()) {
          events++;
          assertThat(rows.getLong(2)).as(rows.getString(1)).isEqualTo(orders.size());
          assertThat(rows.getLong(3)).as(rows.getString(1)).isEqualTo(orders.size());
        }
        assertThat(events).isEqualTo(2);
      }
    }
  }

  private String state(String order) {
    return admin
        .get(nodes.getFirst(), "/orders/" + order)
        .body()
        .getJsonObject("order")
        .getString("state");
  }

  private String submitted(String type, int node) {
    var url = nodes.get(node);
    var order = new JsonObject().put("type", type).put("payload", new JsonObject());
    var proposed = admin.post(url, "/propose", null, "propose-" + keys++, order);
    assertThat(proposed.status()).as(proposed.body().encode()).isEqualTo(201);
    var id = proposed.body().getJsonObject("order").getString("id");
    var out = admin.post(url, "/orders/" + id + "/checkout", "eve", null, new JsonObject());
    assertThat(out.status()).as(out.body().encode()).isEqualTo(200);
    var item = out.body().getJsonObject("item");
    var result =
        new JsonObject()
            .put("result", new JsonObject())
            .put("lease_token", item.getJsonObject("lease").getString("token"));
    var path = "/items/" + item.getString("id") + "/submit";
    var taken = admin.post(url, path, "eve", "submit-" + keys++, result);
    assertThat(taken.status()).as(taken.body().encode()).isEqualTo(202);
    return id;
  }

  @Override
  public void close() {
    reviewers.forEach(Api::close);
  }
}
