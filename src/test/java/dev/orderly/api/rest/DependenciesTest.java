package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static dev.orderly.api.rest.DependenciesFixture.item;
import static dev.orderly.api.rest.DependenciesFixture.payload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.leasing.LeaseHints;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseHints.LostLease;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.lifecycle.WorkQueue;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.testing.TypeTexts;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Items that wait for others, and orders that wait for orders, over HTTP on the real features. */
class DependenciesTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static DependenciesFixture all;

  @BeforeAll
  static void start() {
    all = new DependenciesFixture(db);
  }

  @AfterAll
  static void stop() {
    all.close();
  }

  private static UUID chain(String type) {
    return all.proposed(all.type(type), payload(item("c", "b"), item("b", "a"), item("a")));
  }

  private static UUID diamond(String type) {
    return all.proposed(
        all.type(type), payload(item("a"), item("b", "a"), item("c", "a"), item("d", "b", "c")));
  }

  @Test
  void givesOutAChainLinkByLink() {
    var order = chain("chain");

    assertThat(all.leasable(order)).containsExactly("a");
    assertThat(all.work(order)).containsExactly("a", "b", "c");

    assertThat(all.order(order).getString("state")).isEqualTo("submitted");
    assertThat(all.engine.events("order_id", order)).contains("unblocked");
    all.assertConsistent(order);
  }

  @Test
  void givesOutADiamondsEndOnlyAfterBothSides() {
    var order = diamond("diamond");

    assertThat(all.workOne(order)).isEqualTo("a");
    assertThat(all.leasable(order)).containsExactly("b", "c");
    all.workOne(order);
    assertThat(all.leasable(order)).containsExactly("c");
    all.workOne(order);
    assertThat(all.leasable(order)).containsExactly("d");
    all.assertConsistent(order);
  }

  @Test
  void saysWhatABlockedItemWaitsFor() {
    var order = diamond("told");

    var blocked = all.item(order, "d");
    assertThat(blocked.getString("state")).isEqualTo("queued");
    assertThat(blocked.getBoolean("held")).isTrue();
    assertThat(blocked.getInteger("waits_for")).isEqualTo(2);
    assertThat(blocked.getJsonArray("blocked_by"))
        .isEqualTo(
            new JsonArray()
                .add(blocker(all.item(order, "b"), "queued"))
                .add(blocker(all.item(order, "c"), "queued")));
    assertThat(
            all.get("/items/" + blocked.getString("id"))
                .getJsonObject("item")
                .getJsonArray("blocked_by"))
        .isEqualTo(blocked.getJsonArray("blocked_by"));
    assertThat(all.item(order, "a").getJsonArray("blocked_by")).isEmpty();
  }

  @Test
  void saysThatWhatABlockedItemWaitsForIsInWork() {
    var order = diamond("in-work");
    all.engine.checkout("a", order);

    assertThat(all.item(order, "b").getJsonArray("blocked_by"))
        .isEqualTo(new JsonArray().add(blocker(all.item(order, "a"), "leased")));
  }

  private static JsonObject blocker(JsonObject item, String state) {
    return new JsonObject()
        .put("item_id", item.getString("id"))
        .put("key", item.getString("key"))
        .put("state", state);
  }

  @Test
  void refusesACheckoutOfAnOrderWhoseItemsAllWait() {
    var order = chain("all-wait");
    all.leased(order);

    var refused = all.checkout(order);

    assertThat(refused.statusCode()).isEqualTo(409);
    var problem = json(refused);
    assertThat(problem.getString("code")).isEqualTo("no_items_available");
    assertThat(problem.getString("detail")).contains("2 items wait");
    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("blocked");
    assertThat(
            all.get(
                    "/orders?filter[type]=all-wait&filter[has_available_items]=true"
                        .replace("[", "%5B")
                        .replace("]", "%5D"))
                .getJsonArray("data"))
        .isEmpty();
  }

  @Test
  void givesTheResultsOfWhatAnItemDependsOnWithIt() {
    var order = diamond("results");
    assertThat(all.leased(order).getJsonArray("dependencies")).isEmpty();
    all.leasable(order);
    all.post("/items/" + all.item(order, "a").getString("id") + "/release", new JsonObject());
    all.workOne(order);
    all.workOne(order);
    all.workOne(order);

    var d = all.leased(order);

    assertThat(d.getJsonArray("dependencies"))
        .isEqualTo(new JsonArray().add(dependency(order, "b")).add(dependency(order, "c")));
  }

  private static JsonObject dependency(UUID order, String key) {
    return new JsonObject()
        .put("item_id", all.item(order, key).getString("id"))
        .put("key", key)
        .put("result", new JsonObject().put("ok", true).put("of", key))
        .put("omitted", false);
  }

  @Test
  void leavesOutResultsThatAreTooLargeTogether() {
    var order = all.proposed(all.type("large"), payload(item("a"), item("b"), item("c", "a", "b")));
    var half = new JsonObject().put("ok", true).put("text", "x".repeat(700_000));
    all.submit(all.leased(order), half);
    all.submit(all.leased(order), half);

    var dependencies = all.leased(order).getJsonArray("dependencies");

    assertThat(dependencies.getJsonObject(0).getJsonObject("result")).isEqualTo(half);
    assertThat(dependencies.getJsonObject(0).getBoolean("omitted")).isFalse();
    assertThat(dependencies.getJsonObject(1).getValue("result")).isNull();
    assertThat(dependencies.getJsonObject(1).getBoolean("omitted")).isTrue();
  }

  @Test
  void refusesPlansThatCannotBeOrdered() {
    var type = all.type("unordered");

    var cycle = all.propose(type, payload(item("a", "b"), item("b", "c"), item("c", "a")));
    assertThat(error(cycle, "dependency_cycle")).isEqualTo("a → b → c → a");
    var self = all.propose(type, payload(item("a", "a")));
    assertThat(error(self, "depends_on_itself")).contains("Item 1 (a)");
    var unknown = all.propose(type, payload(item("a", "z")));
    assertThat(error(unknown, "unknown_dependency")).contains("depends on z");
    var twice = all.propose(type, payload(item("a"), item("b", "a", "a")));
    assertThat(error(twice, "duplicate_dependency")).contains("Item 2 (b)");
    assertThat(db.<Long>value("select count(*) from work_orders where type = $1", type)).isZero();
  }

  private static String error(HttpResponse<String> refused, String code) {
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
    var error = json(refused).getJsonArray("errors").getJsonObject(0);
    assertThat(error.getString("code")).isEqualTo(code);
    return error.getString("message");
  }

  @Test
  void refusesMoreDependenciesThanAnOrderTakes() {
    var names = IntStream.range(0, 1_001).mapToObj(n -> "n" + n).toArray(String[]::new);
    var items = new ArrayList<JsonObject>();
    for (var name : names) {
      items.add(item(name));
    }
    items.add(item("last", names));

    var refused = all.propose(all.type("many"), payload(items.toArray(JsonObject[]::new)));

    assertThat(error(refused, "too_many_dependencies")).contains("1001").contains("1000");
  }

  @Test
  void sendsBackWhatDependsOnAnItemThatIsSentBack() {
    var order = diamond("rework");
    all.work(order);

    var answer = all.sendBack(order, "b");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(all.items(order).stream().map(i -> i.getString("state")))
        .containsExactly("submitted", "queued", "submitted", "queued");
    assertThat(all.leasable(order)).containsExactly("b");
    var d = all.item(order, "d");
    assertThat(d.getInteger("waits_for")).isEqualTo(1);
    assertThat(d.getJsonArray("review_errors").getJsonObject(0).getString("code"))
        .isEqualTo("dependency_taken_back");
    assertThat(all.engine.events("item_id", UUID.fromString(d.getString("id"))))
        .endsWith("submitted", "blocked");
    all.assertConsistent(order);

    assertThat(all.workOne(order)).isEqualTo("b");
    assertThat(all.workOne(order)).isEqualTo("d");
    assertThat(all.order(order).getString("state")).isEqualTo("submitted");
    all.assertConsistent(order);
  }

  /** As when a single item is sent back while others are worked on. */
  @Test
  void takesLeasesBackWhenWhatTheirItemsDependOnIsTakenBack() {
    var order =
        all.proposed(
            all.type("withdrawn"), payload(item("a"), item("b", "a"), item("c", "b"), item("e")));
    all.workOne(order);
    var e = all.engine.checkout("crew-1", order);
    var b = key(e).equals("b") ? e : all.engine.checkout("crew-1", order);
    var lost = new LinkedBlockingQueue<Lost>();
    db.bus().listen(LeaseHints.WITHDRAWN, lost::add);

    var moved = move(order, "a", ItemState.SUBMITTED, ItemState.QUEUED);

    assertThat(moved.withdrawn()).hasSize(1);
    FreedLeases.withdrawn(db.bus(), List.of(moved));
    assertThat(poll(lost).leases()).containsExactly(new LostLease(b.id(), b.lease().fence()));
    var refusal = Engine.refusal(() -> all.engine.submit(b));
    assertThat(refusal.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
    var row = all.item(order, "b");
    assertThat(row.getString("state")).isEqualTo("queued");
    assertThat(row.getInteger("waits_for")).isEqualTo(1);
    assertThat(row.getInteger("attempts")).isZero();
    assertThat(all.engine.events("item_id", b.id())).endsWith("leased", "blocked");
    all.assertConsistent(order);
    all.post("/items/" + all.item(order, "e").getString("id") + "/release", new JsonObject());
    assertThat(all.leasable(order)).containsExactlyInAnyOrder("a", "e");
  }

  @Test
  void waitsForAcceptanceWhereTheTypeSaysSo(@TempDir Path directory) {
    all.engine.type(
        TypeTexts.type(
            directory,
            """
            type: accepted.first
            payload: { type: object }
            plan: |
              [{ "key": "a", "input": {} }, { "key": "b", "input": {}, "depends_on": "a" }]
            submission:
              schema: { type: object }
            dependencies: { satisfied_by: accepted }
            apply:
              none: {}
            """));
    var order = all.proposed("accepted.first", new JsonObject());
    assertThat(all.workOne(order)).isEqualTo("a");
    assertThat(all.leasable(order)).isEmpty();

    var moved = move(order, "a", ItemState.SUBMITTED, ItemState.ACCEPTED);

    assertThat(moved.unblocked()).containsOnly(Map.entry("accepted.first", 1));
    assertThat(all.leasable(order)).containsExactly("b");
  }

  @Test
  void beginsWhatDependsOnAnItemOnceAReviewerAcceptsIt(@TempDir Path directory) {
    all.engine.type(
        TypeTexts.type(
            directory,
            """
            type: accepted.by.item
            payload: { type: object }
            plan: |
              [{ "key": "a", "input": {} }, { "key": "b", "input": {}, "depends_on": "a" }]
            submission:
              schema: { type: object }
            dependencies: { satisfied_by: accepted }
            apply:
              none: {}
            """));
    var order = all.proposed("accepted.by.item", new JsonObject());
    all.workOne(order);
    var waiting =
        all.engine.checkoutWaiting("other", List.of("accepted.by.item"), 20_000, UUID.randomUUID());

    var approved = review(order, "a", "approve", new JsonObject());

    assertThat(approved.statusCode()).as(approved.body()).isEqualTo(200);
    assertThat(key(TestDatabase.await(waiting).items().getFirst())).isEqualTo("b");
  }

  @Test
  void takesBackWhatDependsOnASingleItemThatIsSentBack() {
    var order = all.proposed(all.type("item-back"), payload(item("a"), item("b", "a"), item("e")));
    all.workOne(order);
    var b = all.leased(order);
    assertThat(b.getString("key")).isEqualTo("b");

    var answer = review(order, "a", "reject", errors().put("allow_rework", true));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(all.submit(b).statusCode()).isEqualTo(409);
    assertThat(all.leasable(order)).containsExactlyInAnyOrder("a", "e");
    all.assertConsistent(order);
  }

  @Test
  void blocksWhatDependsOnASingleItemThatIsRejected() {
    all.engine.type(new TestType("item-rejected").continuing());
    var order = all.proposed("item-rejected", payload(item("a"), item("b", "a"), item("e")));
    all.workOne(order);
    var b = all.leased(order);

    var answer = review(order, "a", "reject", errors());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(all.submit(b).statusCode()).isEqualTo(409);
    assertThat(all.leasable(order)).containsExactly("e");
    assertThat(all.item(order, "b").getJsonArray("blocked_by").getJsonObject(0).getString("state"))
        .isEqualTo("rejected");
  }

  private static JsonObject errors() {
    return new JsonObject()
        .put("errors", new JsonArray().add(new JsonObject().put("code", "c").put("message", "m")));
  }

  private static HttpResponse<String> review(
      UUID order, String key, String decision, JsonObject body) {
    return all.post("/items/" + all.item(order, key).getString("id") + "/" + decision, body);
  }

  private static OrderMove move(UUID order, String key, ItemState from, ItemState to) {
    var id = UUID.fromString(all.item(order, key).getString("id"));
    return db.run(
        () ->
            new Tx(db.pool())
                .run(
                    connection -> {
                      WorkQueue.lock(connection, List.of(order)).await();
                      connection
                          .preparedQuery(
                              "update work_items set state = $2, accepted_at = now() where id = $1")
                          .execute(Tuple.of(id, to.wire()))
                          .await();
                      var moves = List.of(new ItemMove(order, id, from, to));
                      return OrderProgress.record(connection, moves).await().get(order);
                    }));
  }

  private static <T> T poll(BlockingQueue<T> queue) {
    try {
      return queue.poll(TestDatabase.LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void sendsEverythingBackInItsOrder() {
    var order = chain("all-back");
    all.work(order);

    assertThat(all.sendBack(order).statusCode()).isEqualTo(200);

    assertThat(all.order(order).getString("state")).isEqualTo("queued");
    all.assertConsistent(order);
    assertThat(all.work(order)).containsExactly("a", "b", "c");
  }

  @Test
  void keepsBlockedItemsBackWhenTheOrderIsTakenUpAgain() {
    var order = diamond("failed");
    all.workOne(order);
    var b = all.leased(order);
    all.post(
        "/items/" + b.getString("id") + "/fail",
        new JsonObject().put("retryable", false).put("reason", "cannot"));
    assertThat(all.order(order).getString("state")).isEqualTo("failed");
    var blocker = all.item(order, "d").getJsonArray("blocked_by").getJsonObject(0);
    assertThat(blocker.getString("state")).isEqualTo("failed");

    assertThat(all.post("/orders/" + order + "/retry", new JsonObject()).statusCode())
        .isEqualTo(200);

    assertThat(all.leasable(order)).containsExactly("b", "c");
    all.assertConsistent(order);
  }

  @Test
  void holdsWhatDependsOnAFailedItemWhileTheRestGoesOn() {
    all.engine.type(new TestType("goes-on").continuing());
    var order = all.proposed("goes-on", payload(item("a"), item("b", "a"), item("c")));
    var a = all.leased(order);
    all.post(
        "/items/" + a.getString("id") + "/fail",
        new JsonObject().put("retryable", false).put("reason", "cannot"));

    assertThat(all.leasable(order)).containsExactly("c");
    all.post("/items/" + a.getString("id") + "/retry", new JsonObject());
    assertThat(all.work(order)).containsExactly("a", "b", "c");
  }

  @Test
  void givesOutAnOrderOnlyAfterThoseThatItDependsOn() {
    var first = all.proposed(all.type("first"), payload(item("x")));
    var second = all.proposed("first", payload(item("y")));
    var third = all.proposed("first", payload(item("a"), item("b", "a")), first, second);

    assertThat(all.order(third).getJsonArray("depends_on"))
        .containsExactly(first.toString(), second.toString());
    assertThat(all.item(third, "a").getJsonArray("blocked_by"))
        .containsExactly(earlier(first, "queued"), earlier(second, "queued"));
    assertThat(all.item(third, "b").getInteger("waits_for")).isEqualTo(3);
    assertThat(all.leasable(third)).isEmpty();
    all.complete(first);
    assertThat(all.leasable(third)).isEmpty();
    assertThat(all.item(third, "a").getJsonArray("blocked_by"))
        .containsExactly(earlier(second, "queued"));
    all.complete(second);
    all.assertConsistent(third);

    var a = all.leased(third);
    assertThat(a.getString("key")).isEqualTo("a");
    var dependencies = a.getJsonArray("dependencies");
    assertThat(dependencies).hasSize(2);
    assertThat(dependencies.getJsonObject(0).getString("order_id")).isEqualTo(first.toString());
    assertThat(dependencies.getJsonObject(0).getJsonObject("diff"))
        .isEqualTo(all.order(first).getJsonObject("diff"));
    assertThat(dependencies.getJsonObject(0).getString("summary"))
        .isEqualTo(all.order(first).getJsonObject("diff").getString("summary"));
  }

  private static JsonObject earlier(UUID order, String state) {
    return new JsonObject()
        .put("order_id", order.toString())
        .put("type", "first")
        .put("state", state);
  }

  @Test
  void waitsForNothingThatIsDoneAlready() {
    var first = all.proposed(all.type("done-before"), payload(item("x")));
    all.complete(first);

    var second = all.proposed("done-before", payload(item("y")), first);

    assertThat(all.leasable(second)).containsExactly("y");
  }

  @Test
  void refusesToDependOnOrdersThatAreNotThereOrNeverCompleted() {
    var type = all.type("no-such-order");
    var cancelled = all.proposed(type, payload(item("x")));
    all.post("/orders/" + cancelled + "/cancel", new JsonObject());
    var foreign =
        db.<UUID>value(
            """
            insert into work_orders (id, tenant, type, type_version, state, priority, payload, meta,
              requested_by_type, requested_by_id, on_item_failure, auto_approve, items_queued,
              apply_max_attempts, last_transitioned_at, created_at, updated_at)
            values (gen_random_uuid(), 'other', 't', '1', 'queued', 0, '{}', '{}', 'user', 'u', 'fail', false, 1, 1,
              now(), now(), now()) returning id
            """);

    var refused = all.propose(type, payload(item("y")), UUID.randomUUID(), cancelled, foreign);

    assertThat(refused.statusCode()).isEqualTo(422);
    var errors = json(refused).getJsonArray("errors");
    assertThat(errors).hasSize(3);
    assertThat(errors.getJsonObject(0).getString("pointer")).isEqualTo("/depends_on/0");
    assertThat(errors.getJsonObject(0).getString("code")).isEqualTo("unknown_order");
    assertThat(errors.getJsonObject(1).getString("code")).isEqualTo("order_ended");
    assertThat(errors.getJsonObject(2).getString("code")).isEqualTo("unknown_order");
  }

  /** Only orders that are there already can be named, so no two can wait for each other. */
  @Test
  void refusesMalformedListsOfOrders() {
    var type = all.type("malformed");
    assertThat(all.propose(type, payload(item("x")), "no-uuid").statusCode()).isEqualTo(422);
    var many =
        IntStream.range(0, 101).mapToObj(n -> (Object) UUID.randomUUID()).toArray(Object[]::new);
    assertThat(all.propose(type, payload(item("x")), many).statusCode()).isEqualTo(422);
  }

  @Test
  void staysBlockedAndSaysSoWhenAnEarlierOrderIsCancelled() {
    var first = all.proposed(all.type("first-cancelled"), payload(item("x")));
    var second = all.proposed("first-cancelled", payload(item("y")), first);

    all.post("/orders/" + first + "/cancel", new JsonObject());

    assertThat(all.leasable(second)).isEmpty();
    assertThat(all.item(second, "y").getJsonArray("blocked_by").getJsonObject(0).getString("state"))
        .isEqualTo("cancelled");
    assertThat(
            db.<String>value(
                "select payload->'waiting_orders'->>0 from work_events where order_id = $1"
                    + " and event = 'cancelled' and item_id is null",
                first))
        .isEqualTo(second.toString());
    assertThat(all.post("/orders/" + second + "/cancel", new JsonObject()).statusCode())
        .isEqualTo(200);
  }

  @Test
  void beginsAThousandItemsAtOnce() {
    var items = new ArrayList<JsonObject>();
    items.add(item("root"));
    IntStream.range(0, 1_000).forEach(n -> items.add(item("leaf-" + n, "root")));
    var order = all.proposed(all.type("fan-out"), payload(items.toArray(JsonObject[]::new)));

    all.workOne(order);

    var leased = all.post("/orders/" + order + "/checkout", new JsonObject().put("max", 256));
    assertThat(json(leased).getJsonArray("items")).hasSize(256);
    assertThat(
            db.<Long>value(
                "select count(*) from work_events where order_id = $1 and event = 'unblocked'",
                order))
        .isEqualTo(1_000);
    all.assertConsistent(order);
  }

  @Test
  void wakesWhoWaitsForWorkThatWasBlocked() {
    var order = chain("woken");
    var a = all.engine.checkout("agent", order);
    var waiting = all.engine.checkoutWaiting("other", List.of("woken"), 20_000, UUID.randomUUID());

    all.engine.submit(a);

    assertThat(key(TestDatabase.await(waiting).items().getFirst())).isEqualTo("b");
  }

  @Test
  void wakesWhoWaitsForAnOrderThatWasBlocked() {
    var first = all.proposed(all.type("first-to-wake"), payload(item("x")));
    all.type("woken-order");
    all.proposed("woken-order", payload(item("y")), first);
    var waiting =
        all.engine.checkoutWaiting("other", List.of("woken-order"), 20_000, UUID.randomUUID());

    all.complete(first);

    assertThat(key(TestDatabase.await(waiting).items().getFirst())).isEqualTo("y");
  }

  private static String key(LeasedItem item) {
    return LeasedItems.json(item).getString("key");
  }
}
