package dev.orderly.api.rest;

import static dev.orderly.api.LiveApi.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many items in one request, and whether a lease is current, on the real features. */
class BatchTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static LiveApi api;
  private static Engine engine;
  private static String agent;
  private static String viewer;

  @BeforeAll
  static void start() {
    api = new LiveApi(db, LiveApi.settings());
    engine = api.engine;
    agent = api.agent("agent");
    viewer = api.token(Engine.TENANT, "viewer", List.of("work.view"), null).secret();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static List<LeasedItem> leased(String type, int items) {
    engine.type(new TestType(type));
    var order = engine.propose(type, items);
    var leased = new ArrayList<LeasedItem>();
    for (int i = 0; i < items; i++) {
      leased.add(engine.checkout("agent", order));
    }
    return leased;
  }

  private static JsonObject entry(LeasedItem item) {
    return new JsonObject()
        .put("item_id", item.id().toString())
        .put("lease_token", item.lease().token());
  }

  private static JsonObject result(LeasedItem item, boolean ok) {
    return entry(item).put("result", new JsonObject().put("ok", ok));
  }

  private static JsonObject items(JsonObject... entries) {
    return new JsonObject().put("items", new JsonArray(List.of(entries)));
  }

  private static JsonObject answer(JsonObject answers, int index) {
    return answers.getJsonArray("results").getJsonObject(index);
  }

  @Test
  void extendsEachLeaseByItself() {
    var held = leased("beat", 3);
    engine.release(held.get(1));
    var unknown = new JsonObject().put("item_id", UUID.randomUUID().toString());
    var response =
        api.post(
            agent,
            "/items/heartbeat",
            items(entry(held.get(2)), entry(held.get(1)), unknown, entry(held.get(0))));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var answers = json(response);
    assertThat(answers.getJsonArray("results")).hasSize(4);
    assertThat(answer(answers, 0).getString("item_id")).isEqualTo(held.get(2).id().toString());
    assertThat(answer(answers, 0).getInteger("status")).isEqualTo(200);
    assertThat(answer(answers, 0).getString("state")).isEqualTo("in_progress");
    assertThat(answer(answers, 0).getInteger("heartbeat_every_seconds")).isEqualTo(60);
    assertThat(answer(answers, 1).getInteger("status")).isEqualTo(409);
    assertThat(answer(answers, 1).getJsonObject("problem").getString("code"))
        .isEqualTo("state_conflict");
    assertThat(answer(answers, 2).getInteger("status")).isEqualTo(404);
    assertThat(answer(answers, 2).getString("item_id")).isEqualTo(unknown.getString("item_id"));
    assertThat(answer(answers, 3).getInteger("status")).isEqualTo(200);
    assertThat(engine.itemState(held.get(0).id())).isEqualTo("in_progress");
    assertThat(engine.itemState(held.get(1).id())).isEqualTo("queued");
  }

  @Test
  void releasesEachItemByItself() {
    var held = leased("back", 2);
    var stale = entry(held.get(1)).put("fence", 77);
    var response =
        api.post(agent, "/items/release", items(entry(held.get(0)).put("reason", "tired"), stale));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var answers = json(response);
    assertThat(answer(answers, 0).getInteger("status")).isEqualTo(200);
    assertThat(answer(answers, 0).getJsonObject("item").getString("state")).isEqualTo("queued");
    assertThat(answer(answers, 0).getString("order_state")).isNotNull();
    assertThat(answer(answers, 1).getInteger("status")).isEqualTo(409);
    assertThat(answer(answers, 1).getJsonObject("problem").getString("code"))
        .isEqualTo("stale_fence");
    assertThat(engine.itemState(held.get(0).id())).isEqualTo("queued");
    assertThat(engine.itemState(held.get(1).id())).isEqualTo("leased");
  }

  @Test
  void submitsEachItemByItselfAndReplaysAnyPartOfARequest() {
    var held = leased("submit", 3);
    var entries = items(result(held.get(0), true), result(held.get(1), false));
    var response = api.post(agent, "/items/submit", entries, "Idempotency-Key", "batch-1");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    var answers = json(response);
    assertThat(answer(answers, 0).getInteger("status")).isEqualTo(202);
    assertThat(answer(answers, 0).getString("state")).isEqualTo("submitted");
    assertThat(answer(answers, 0).getBoolean("replayed")).isNull();
    assertThat(answer(answers, 1).getInteger("status")).isEqualTo(422);
    assertThat(
            answer(answers, 1)
                .getJsonObject("problem")
                .getJsonArray("errors")
                .getJsonObject(0)
                .getString("code"))
        .isEqualTo("not_ok");
    assertThat(engine.itemState(held.get(1).id())).isEqualTo("leased");

    // Again with the same key: the first is replayed, the refused one corrected, a third added.
    var again =
        items(result(held.get(2), true), result(held.get(1), true), result(held.get(0), true));
    var second = json(api.post(agent, "/items/submit", again, "Idempotency-Key", "batch-1"));
    assertThat(answer(second, 0).getInteger("status")).isEqualTo(202);
    assertThat(answer(second, 1).getInteger("status")).isEqualTo(202);
    assertThat(answer(second, 2).getInteger("status")).isEqualTo(202);
    assertThat(answer(second, 2).getBoolean("replayed")).isTrue();
    assertThat(answer(second, 2).getJsonObject("item"))
        .isEqualTo(answer(answers, 0).getJsonObject("item"));

    // The same key for another result of an item is another request.
    var other = items(result(held.get(0), true).put("notes", "changed"));
    var third = json(api.post(agent, "/items/submit", other, "Idempotency-Key", "batch-1"));
    assertThat(answer(third, 0).getJsonObject("problem").getString("code"))
        .isEqualTo("idempotency_mismatch");
    assertThat(engine.orderState(held.getFirst().orderId())).isEqualTo("submitted");
  }

  @Test
  void aBatchOfResultsNeedsAKeyWhereASingleOneDoes() {
    var held = leased("keyless", 1);
    var response = api.post(agent, "/items/submit", items(result(held.getFirst(), true)));
    assertThat(response.statusCode()).isEqualTo(428);
    assertThat(engine.itemState(held.getFirst().id())).isEqualTo("leased");
  }

  @ParameterizedTest
  @ValueSource(strings = {"heartbeat", "submit", "release"})
  void refusesAnItemThatIsNamedTwice(String action) {
    var held = leased("twice-" + action, 2);
    var first = action.equals("submit") ? result(held.get(0), true) : entry(held.get(0));
    var second = action.equals("submit") ? result(held.get(1), true) : entry(held.get(1));
    var upper = first.copy().put("item_id", first.getString("item_id").toUpperCase());
    var response =
        api.post(
            agent, "/items/" + action, items(first, second, upper), "Idempotency-Key", "twice");
    assertThat(response.statusCode()).isEqualTo(422);
    var error = json(response).getJsonArray("errors").getJsonObject(0);
    assertThat(error.getString("pointer")).isEqualTo("/items/2/item_id");
    assertThat(error.getString("code")).isEqualTo("item.duplicate");
    assertThat(engine.itemState(held.get(0).id())).isEqualTo("leased");
    assertThat(engine.itemState(held.get(1).id())).isEqualTo("leased");
  }

  @Test
  void refusesNoneAndTooMany() {
    assertThat(api.post(agent, "/items/heartbeat", items()).statusCode()).isEqualTo(422);
    var many = new JsonArray();
    for (int i = 0; i <= 256; i++) {
      many.add(new JsonObject().put("item_id", UUID.randomUUID().toString()));
    }
    var body = new JsonObject().put("items", many);
    assertThat(api.post(agent, "/items/heartbeat", body).statusCode()).isEqualTo(422);
    many.remove(0);
    var response = api.post(agent, "/items/heartbeat", body);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(json(response).getJsonArray("results")).hasSize(256);
  }

  @Test
  void tellsAThirdPartyWhetherALeaseIsCurrent() {
    var item = leased("shown", 1).getFirst();
    var path = "/leases/" + item.lease().token();
    var current = json(api.get(viewer, path));
    assertThat(current.getBoolean("current")).isTrue();
    assertThat(current.getString("item_id")).isEqualTo(item.id().toString());
    assertThat(current.getLong("fence")).isEqualTo(1);
    assertThat(current.getString("agent_id")).isEqualTo("agent");
    assertThat(current.getString("expires_at")).isEqualTo(item.lease().expiresAt().toString());
    assertThat(current.containsKey("reason")).isFalse();

    engine.release(item);
    var ended = json(api.get(viewer, path));
    assertThat(ended.getBoolean("current")).isFalse();
    assertThat(ended.getString("reason")).isEqualTo("ended");
    assertThat(ended.containsKey("agent_id")).isFalse();

    var next = engine.checkout("agent", item.orderId());
    assertThat(next.lease().fence()).isEqualTo(2);
    assertThat(json(api.get(viewer, path)).getString("reason")).isEqualTo("superseded");
    var nextPath = "/leases/" + next.lease().token();
    assertThat(json(api.get(viewer, nextPath)).getBoolean("current")).isTrue();

    // The database's clock alone decides, whether or not anybody took the lease back.
    engine.lapse(item.id());
    assertThat(json(api.get(viewer, nextPath)).getString("reason")).isEqualTo("expired");

    engine.cancel(item.orderId());
    assertThat(json(api.get(viewer, nextPath)).getString("reason")).isEqualTo("cancelled");
  }

  @Test
  void knowsNoForgedTokenAndNoneOfAnotherTenant() {
    var item = leased("forged", 1).getFirst();
    var token = item.lease().token();
    var forged =
        token.substring(0, 10) + (token.charAt(10) == 'A' ? 'B' : 'A') + token.substring(11);
    for (var wrong : List.of(forged, "nonsense", "%20", token + "A")) {
      var response = api.get(viewer, "/leases/" + wrong);
      assertThat(response.statusCode()).as(wrong).isEqualTo(404);
      assertThat(json(response).getString("code")).isEqualTo("not_found");
    }
    var stranger = api.token("other", "stranger", List.of("work.view"), null).secret();
    assertThat(api.get(stranger, "/leases/" + token).statusCode()).isEqualTo(404);
    var blind = api.token(Engine.TENANT, "blind", List.of("work.checkout"), null).secret();
    assertThat(api.get(blind, "/leases/" + token).statusCode()).isEqualTo(403);
  }
}
