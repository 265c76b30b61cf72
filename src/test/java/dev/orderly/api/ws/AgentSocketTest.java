package dev.orderly.api.ws;

import static dev.orderly.api.ws.Agent.entries;
import static dev.orderly.api.ws.Agent.items;
import static dev.orderly.api.ws.Agent.named;
import static dev.orderly.api.ws.Agent.types;
import static dev.orderly.api.ws.Agent.withToken;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.leasing.LeaseHints;
import dev.orderly.leasing.LeaseHints.Attached;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseHints.LostLease;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.testing.TypeTexts;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What agents do over WebSockets, on the real features. */
class AgentSocketTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static LiveApi api;
  private static Engine engine;
  private static String token;

  private Agent agent;

  @BeforeAll
  static void start() {
    api = new LiveApi(db, LiveApi.settings());
    engine = api.engine;
    token = api.agent("agent");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @BeforeEach
  void connect() {
    agent = Agent.connect(db.vertx(), api, token);
  }

  @AfterEach
  void disconnect() {
    agent.close();
  }

  private static UUID propose(String type, int items) {
    engine.type(new TestType(type));
    return engine.propose(type, items);
  }

  private List<JsonObject> checkout(String type, int max) {
    return items(agent.result("checkout", types(type).put("max", max)));
  }

  private static JsonObject answer(JsonObject results, int index) {
    return results.getJsonArray("results").getJsonObject(index);
  }

  private static String state(JsonObject item) {
    return engine.itemState(UUID.fromString(item.getString("id")));
  }

  private static JsonObject submission(JsonObject item, String key) {
    return named(item).put("result", new JsonObject().put("ok", true)).put("idempotency_key", key);
  }

  @Test
  void worksOnManyItemsOverOneConnection() {
    var order = propose("many", 4);
    var items = checkout("many", 4);
    assertThat(items).hasSize(4);
    assertThat(items.getFirst().getString("order_id")).isEqualTo(order.toString());
    assertThat(items.getFirst().getJsonObject("lease").getString("agent_id")).isEqualTo("agent");

    var beats =
        agent.result(
            "heartbeat",
            entries(
                named(items.get(0)),
                withToken(items.get(1)),
                named(items.get(2)).put("fence", 9),
                named(items.get(3)).put("fence", 1)));
    assertThat(answer(beats, 0).getString("state")).isEqualTo("in_progress");
    assertThat(answer(beats, 1).getInteger("status")).isEqualTo(200);
    assertThat(answer(beats, 2).getJsonObject("problem").getString("code"))
        .isEqualTo("stale_fence");
    assertThat(answer(beats, 3).getInteger("status")).isEqualTo(200);

    var submitted = agent.result("submit", submission(items.get(0), "many-1"));
    assertThat(submitted.getString("state")).isEqualTo("submitted");
    var again = agent.result("submit", submission(items.get(0), "many-1"));
    assertThat(again.getBoolean("replayed")).isTrue();
    assertThat(again.getJsonObject("item")).isEqualTo(submitted.getJsonObject("item"));

    var released = agent.result("release", entries(named(items.get(1)).put("reason", "no time")));
    assertThat(answer(released, 0).getJsonObject("item").getString("state")).isEqualTo("queued");
    var failure = named(items.get(2)).put("retryable", true).put("reason", "the source is away");
    assertThat(agent.result("fail", failure).getJsonObject("item").getString("state"))
        .isEqualTo("queued");
    assertThat(state(items.get(3))).isEqualTo("in_progress");
    // A heartbeat that shows another fence says nothing about the lease that is watched.
    assertThat(agent.events).isEmpty();
  }

  @Test
  void handsInPartsAndFinalizes(@TempDir Path directory) {
    engine.type(
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace("least.type", "in-parts")
                + """
                parts:
                  keys:
                    - key: a
                      required: true
                      schema: { type: object, required: [n] }
                """));
    engine.propose("in-parts", 1);
    var item = checkout("in-parts", 1).getFirst();
    assertThat(item.getJsonArray("parts_required")).containsExactly("a");
    var part = named(item).put("part_key", "a").put("payload", new JsonObject().put("n", 1));
    assertThat(agent.problem("part", part).getString("code")).isEqualTo("idempotency_key_required");
    var bad = part.copy().put("payload", new JsonObject()).put("idempotency_key", "p0");
    var problem = agent.problem("part", bad);
    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("pointer"))
        .startsWith("/payload");
    // As over HTTP it tells what was kept, and where the item stands.
    assertThat(problem.getJsonObject("part").getString("status")).isEqualTo("rejected");
    assertThat(problem.getJsonObject("item_parts_state").getJsonObject("a").getInteger("seq"))
        .isZero();
    assertThat(problem.containsKey("replayed")).isFalse();
    assertThat(agent.problem("part", bad)).isEqualTo(problem.copy().put("replayed", true));
    assertThat(
            agent.problem("finalize", named(item).put("idempotency_key", "f0")).getString("code"))
        .isEqualTo("parts_missing");

    var taken = agent.result("part", part.put("idempotency_key", "p1"));
    assertThat(agent.result("part", part).getBoolean("replayed")).isTrue();
    assertThat(taken.getJsonObject("part").getString("status")).isEqualTo("validated");
    assertThat(state(item)).isEqualTo("in_progress");
    var done = named(item).put("mode", "strict").put("idempotency_key", "f1");
    assertThat(agent.result("finalize", done).getString("order_state")).isEqualTo("submitted");
    assertThat(agent.result("finalize", done).getBoolean("replayed")).isTrue();
    assertThat(agent.problem("part", part.put("idempotency_key", "p2")).getString("code"))
        .isEqualTo("state_conflict");
    assertThat(agent.events).isEmpty();
  }

  @Test
  void tellsWhatIsWrongWithARequestAndGoesOn() {
    propose("wrong", 1);
    var item = checkout("wrong", 1).getFirst();
    var bad = named(item).put("result", new JsonObject().put("ok", false));
    assertThat(agent.problem("submit", bad).getString("code"))
        .isEqualTo("idempotency_key_required");
    var problem = agent.problem("submit", bad.put("idempotency_key", "w"));
    assertThat(problem.getString("code")).isEqualTo("invalid");
    assertThat(problem.getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("not_ok");
    assertThat(agent.problem("checkout", types("wrong")).getString("code"))
        .isEqualTo("no_items_available");
    var twice = agent.problem("heartbeat", entries(named(item), named(item)));
    assertThat(twice.getJsonArray("errors").getJsonObject(0).getString("code"))
        .isEqualTo("item.duplicate");
    assertThat(agent.result("submit", submission(item, "w2")).getString("state"))
        .isEqualTo("submitted");
  }

  @Test
  void anAgentThatWaitsGetsWorkAsItAppears() {
    engine.type(new TestType("later"));
    var id = agent.send("checkout", types("later").put("wait", 30));
    // Operations do not wait for each other.
    assertThat(agent.result("unsubscribe", new JsonObject()).getJsonArray("types")).isEmpty();
    engine.propose("later", 1);
    var reply = agent.reply();
    assertThat(reply.getString("id")).isEqualTo(id);
    assertThat(items(reply.getJsonObject("result"))).hasSize(1);
  }

  @Test
  void warnsOfALeaseThatNobodyExtendsAndTellsOfItsEnd() {
    engine.type(new TestType("short").leaseSeconds(2));
    engine.propose("short", 2);
    var items = checkout("short", 2);
    var ids = items.stream().map(item -> item.getString("id")).toList();
    var warned = List.of(agent.event("lease_expiring"), agent.event("lease_expiring"));
    assertThat(warned)
        .extracting(event -> event.getString("item_id"))
        .containsExactlyInAnyOrderElementsOf(ids);
    var lost = List.of(agent.event("lease_lost"), agent.event("lease_lost"));
    assertThat(lost)
        .extracting(event -> event.getString("item_id"))
        .containsExactlyInAnyOrderElementsOf(ids);
    assertThat(lost).extracting(event -> event.getString("reason")).containsOnly("expired");
    assertThat(lost).extracting(event -> event.getInteger("fence")).containsOnly(1);
  }

  @Test
  void noticesALostLeaseThoughNoHintCame() {
    engine.type(new TestType("unhinted").leaseSeconds(1));
    engine.propose("unhinted", 1);
    var item = checkout("unhinted", 1).getFirst();
    // Taken back and given to another in one step, about which nobody is told.
    db.breakUp(UUID.fromString(item.getString("id")));
    db.execute(
        "update work_items set fence = fence + 1, leased_by_agent_id = 'other',"
            + " lease_expires_at = clock_timestamp() + interval '1 hour' where id = $1",
        UUID.fromString(item.getString("id")));
    var lost = agent.event("lease_lost");
    assertThat(lost.getString("item_id")).isEqualTo(item.getString("id"));
    assertThat(lost.getString("reason")).isEqualTo("superseded");
  }

  @Test
  void tellsThatALeaseEndedByAnotherWayAndDoesNotWarnOfItsEnd() {
    engine.type(new TestType("elsewhere").leaseSeconds(2));
    engine.propose("elsewhere", 1);
    var item = checkout("elsewhere", 1).getFirst();
    var proof = new LeaseProof(item.getJsonObject("lease").getString("token"), null);
    TestDatabase.await(
        engine.submitLater(
            item.getJsonObject("lease").getString("agent_id"),
            UUID.fromString(item.getString("id")),
            proof,
            new JsonObject().put("ok", true),
            null));

    var lost = agent.event("lease_lost");

    assertThat(lost.getString("item_id")).isEqualTo(item.getString("id"));
    assertThat(lost.getString("reason")).isEqualTo("ended");
    assertThat(agent.events).isEmpty();
  }

  @Test
  void isToldNothingMoreOfALeaseThatAnotherNodesConnectionAttached() {
    propose("attached-away", 2);
    var items = checkout("attached-away", 2);
    var leases =
        items.stream()
            .map(item -> new LostLease(UUID.fromString(item.getString("id")), 1))
            .toList();
    var later = System.currentTimeMillis() + 1_000;
    db.bus()
        .publish(LeaseHints.ATTACHED, new Attached(leases.subList(0, 1), UUID.randomUUID(), later));

    db.bus().publish(LeaseHints.LOST, new Lost(leases));

    assertThat(agent.event("lease_lost").getString("item_id"))
        .isEqualTo(items.get(1).getString("id"));
    agent.result("unsubscribe", new JsonObject());
    assertThat(agent.events).isEmpty();
  }

  @Test
  void noticesALostLeaseWhenAHeartbeatIsRefused() {
    propose("refused", 1);
    var item = checkout("refused", 1).getFirst();
    db.breakUp(UUID.fromString(item.getString("id")));
    db.execute(
        "update work_items set fence = fence + 1, leased_by_agent_id = 'other' where id = $1",
        UUID.fromString(item.getString("id")));
    var beat = agent.result("heartbeat", entries(named(item)));
    assertThat(answer(beat, 0).getJsonObject("problem").getString("code")).isEqualTo("stale_fence");
    assertThat(agent.event("lease_lost").getString("reason")).isEqualTo("superseded");
    // Once is enough.
    agent.result("heartbeat", entries(named(item)));
    agent.result("unsubscribe", new JsonObject());
    assertThat(agent.events).isEmpty();
  }

  @Test
  void tellsOfACancelledOrderOnceForAllItsItems() {
    var order = propose("cancelled", 3);
    var items = checkout("cancelled", 2);
    engine.cancel(order);
    var event = agent.event("order_cancelled");
    assertThat(event.getString("order_id")).isEqualTo(order.toString());
    assertThat(event.getJsonArray("items"))
        .containsExactlyInAnyOrder(items.get(0).getString("id"), items.get(1).getString("id"));
    agent.result("heartbeat", entries(named(items.get(0))));
    agent.result("unsubscribe", new JsonObject());
    assertThat(agent.events).isEmpty();
  }

  @Test
  void tellsOfWorkOfTheTypesThatItFollows() {
    engine.type(new TestType("followed"));
    engine.type(new TestType("ignored"));
    var all = agent.result("subscribe", types("followed", "ignored"));
    assertThat(all.getJsonArray("types")).containsExactly("followed", "ignored");
    var rest = agent.result("unsubscribe", types("ignored"));
    assertThat(rest.getJsonArray("types")).containsExactly("followed");
    engine.propose("ignored", 1);
    engine.propose("followed", 3);
    var news = agent.event("work_available");
    assertThat(news.getString("type")).isEqualTo("followed");
    assertThat(news.getInteger("items")).isEqualTo(3);
    assertThat(agent.events).isEmpty();
  }

  @Test
  void addsUpNewsThatComesInQuickSuccession() {
    engine.type(new TestType("busy"));
    agent.result("subscribe", types("busy"));
    int orders = 30;
    for (int i = 0; i < orders; i++) {
      engine.propose("busy", 1);
    }
    int told = 0;
    int events = 0;
    while (told < orders) {
      told += agent.event("work_available").getInteger("items");
      events++;
    }
    assertThat(told).isEqualTo(orders);
    assertThat(events).isLessThan(orders);
  }

  @Test
  void tellsNobodyOfAnotherTenantsWork() {
    engine.type(new TestType("private"));
    var stranger = api.token("other", "stranger", List.of("work.checkout"), null).secret();
    try (var other = Agent.connect(db.vertx(), api, stranger)) {
      other.result("subscribe", types("private"));
      agent.result("subscribe", types("private"));
      engine.propose("private", 1);
      agent.event("work_available");
      other.result("unsubscribe", new JsonObject());
      assertThat(other.events).isEmpty();
      // Nor is another tenant's lease anything to it.
      var item = checkout("private", 1).getFirst();
      var results = other.result("attach", entries(withToken(item)));
      assertThat(answer(results, 0).getJsonObject("problem").getString("code"))
          .isEqualTo("not_found");
      assertThat(
              answer(other.result("heartbeat", entries(withToken(item))), 0).getInteger("status"))
          .isEqualTo(404);
    }
  }

  @Test
  void leasesOutliveTheirConnectionAndCanBeAttachedToAnother() {
    var order = propose("again", 2);
    var items = checkout("again", 2);
    agent.drop();
    try (var next = Agent.connect(db.vertx(), api, token)) {
      engine.cancel(propose("unrelated", 1));
      db.breakUp(UUID.fromString(items.get(1).getString("id")));
      db.execute(
          "update work_items set fence = fence + 1 where id = $1",
          UUID.fromString(items.get(1).getString("id")));
      var forged = withToken(items.get(0));
      forged.put("lease_token", forged.getString("lease_token").replaceFirst("^..", "zz"));
      var results =
          next.result("attach", entries(withToken(items.get(0)), withToken(items.get(1))));
      assertThat(answer(results, 0).getInteger("status")).isEqualTo(200);
      assertThat(answer(results, 0).getLong("fence")).isEqualTo(1);
      assertThat(answer(results, 1).getJsonObject("problem").getString("code"))
          .isEqualTo("stale_fence");
      assertThat(
              answer(next.result("attach", entries(forged)), 0)
                  .getJsonObject("problem")
                  .getString("code"))
          .isEqualTo("not_found");
      assertThat(state(items.get(0))).isEqualTo("leased");
      engine.cancel(order);
      assertThat(next.event("order_cancelled").getJsonArray("items"))
          .containsExactly(items.get(0).getString("id"));
    }
  }

  @Test
  void attachesOnlyWhatTheAgentItselfHolds() {
    propose("theirs", 2);
    var items = checkout("theirs", 2);
    try (var other = Agent.connect(db.vertx(), api, token, "X-Agent-ID", "crew-7")) {
      var mixed =
          named(items.get(1))
              .put("lease_token", items.get(0).getJsonObject("lease").getString("token"));
      var results = other.result("attach", entries(withToken(items.get(0)), mixed));
      assertThat(answer(results, 0).getJsonObject("problem").getString("code"))
          .isEqualTo("lease_conflict");
      assertThat(answer(results, 1).getJsonObject("problem").getString("detail"))
          .contains("not for it");
      var beat = other.result("heartbeat", entries(withToken(items.get(0))));
      assertThat(answer(beat, 0).getJsonObject("problem").getString("code"))
          .isEqualTo("lease_conflict");
    }
    // The refusal of a stranger's heartbeat is no news for the holder.
    agent.result("unsubscribe", new JsonObject());
    assertThat(agent.events).isEmpty();
  }

  @Test
  void givesBackWhatCannotBeDeliveredAnyMore() {
    engine.type(new TestType("gone"));
    agent.send("checkout", types("gone").put("wait", 60));
    agent.result("unsubscribe", new JsonObject());
    agent.drop();
    var order = engine.propose("gone", 1);
    // Whether the wait had ended by then or not: sooner or later the item is another's.
    try (var next = Agent.connect(db.vertx(), api, token, "X-Agent-ID", "crew-8")) {
      var item = items(next.result("checkout", types("gone").put("wait", 60))).getFirst();
      assertThat(item.getString("order_id")).isEqualTo(order.toString());
    }
  }
}
