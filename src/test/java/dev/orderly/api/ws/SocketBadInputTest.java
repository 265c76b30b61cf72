package dev.orderly.api.ws;

import static dev.orderly.api.ws.Agent.entries;
import static dev.orderly.api.ws.Agent.types;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must not be taken over WebSockets, and when connections are ended. */
class SocketBadInputTest {
  private static final SocketSettings SETTINGS = new SocketSettings(4, 4096, 4, 5, 8, 1, 600);

  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static LiveApi api;
  private static Engine engine;
  private static String token;

  @BeforeAll
  static void start() {
    api = new LiveApi(db, LiveApi.settings(), SETTINGS);
    engine = api.engine;
    token = api.agent("agent");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static Agent connect() {
    return Agent.connect(db.vertx(), api, token);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"id\":\"a\"        | malformed_request  | a",
        "{\"id\":           | malformed_request  | ",
        "                     | malformed_request  | ",
        "[]                   | malformed_request  | ",
        "{}                   | invalid            | ",
        "{\"id\":7,\"op\":\"checkout\"} | invalid | ",
        "{\"id\":\"a b\",\"op\":\"checkout\"} | invalid | ",
        "{\"id\":\"a\"}       | unknown_parameter  | a",
        "{\"id\":\"a\",\"op\":\"dance\"} | unknown_parameter | a",
        "{\"id\":\"a\",\"op\":\"checkout\",\"op\":\"submit\"} | malformed_request | a",
        "{\"id\":\"a\",\"op\":\"checkout\",\"hurry\":true} | invalid | a",
        "{\"id\":\"a\",\"op\":\"checkout\",\"max\":257} | invalid | a",
        "{\"id\":\"a\",\"op\":\"heartbeat\"} | invalid | a",
        "{\"id\":\"a\",\"op\":\"heartbeat\",\"items\":[{\"item_id\":\"x\"}]} | invalid | a",
        "{\"id\":\"a\",\"op\":\"checkout\",\"types\":[\"\\u0000\"]} | invalid | a",
        "{\"op\":\"submit\",\"x\":[{\"y\":\"\\ud800\"}],\"id\":\"a\"} | invalid | a",
        "{\"op\":\"submit\",\"x\":1e999,\"id\":\"a\"} | invalid | a"
      })
  void answersWhatItCannotReadAndGoesOn(String frame, String code, String id) {
    try (var agent = connect()) {
      agent.text(frame == null ? "" : frame);
      var reply = agent.reply();
      assertThat(reply.getString("id")).isEqualTo(id);
      assertThat(Agent.problem(reply).getString("code")).isEqualTo(code);
      agent.result("unsubscribe", new JsonObject());
    }
  }

  @Test
  void readsAFrameOfTheLimitInPartsAndClosesAtOneByteMore() {
    try (var agent = connect()) {
      var frame = "{\"id\":\"a\",\"op\":\"unsubscribe\"";
      var fits = frame + " ".repeat(SETTINGS.maxFrameBytes() - frame.length() - 1) + "}";
      agent.frame(WebSocketFrame.textFrame(fits.substring(0, 3000), false));
      agent.frame(WebSocketFrame.continuationFrame(Buffer.buffer(fits.substring(3000)), true));
      assertThat(agent.reply().getBoolean("ok")).isTrue();
      agent.frame(WebSocketFrame.textFrame(fits.substring(0, 3000), false));
      agent.frame(
          WebSocketFrame.continuationFrame(Buffer.buffer(fits.substring(3000) + " "), true));
      assertThat(agent.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void closesAtATooLargeFrameWithoutReadingIt() {
    try (var agent = connect()) {
      agent.text(" ".repeat(SETTINGS.maxFrameBytes() + 1));
      assertThat(agent.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void closesAtTextThatIsNotUtf8() {
    try (var agent = connect()) {
      agent.frame(WebSocketFrame.textFrame("{\"id\":\"", false));
      agent.frame(WebSocketFrame.continuationFrame(Buffer.buffer(new byte[] {(byte) 0xff}), true));
      assertThat(agent.closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void followsNoMoreTypesThanItSays() {
    try (var agent = connect()) {
      var types = IntStream.range(0, 100).mapToObj(i -> "type" + i).toList();
      agent.result("subscribe", new JsonObject().put("types", types));
      var reply = agent.ask("subscribe", new JsonObject().put("types", List.of("another")));
      var problem = Agent.problem(reply);
      assertThat(problem.getString("code")).isEqualTo("invalid");
      assertThat(problem.getBoolean("retryable")).isFalse();
    }
  }

  @Test
  void takesNoBinaryFrames() {
    try (var agent = connect()) {
      agent.frame(WebSocketFrame.binaryFrame(Buffer.buffer("{}"), true));
      assertThat(agent.closeCode()).isEqualTo(1003);
    }
  }

  @Test
  void refusesBeforeTheUpgradeWhomItDoesNotKnowOrMayNotServe() {
    var none = Agent.refused(db.vertx(), api, null);
    assertThat(none.status()).isEqualTo(401);
    assertThat(none.problem().getString("code")).isEqualTo("unauthenticated");
    assertThat(Agent.refused(db.vertx(), api, "forged").status()).isEqualTo(401);
    var viewer = api.token(Engine.TENANT, "viewer", List.of("work.view"), null).secret();
    assertThat(Agent.refused(db.vertx(), api, viewer).status()).isEqualTo(403);
    var stranger = Agent.refused(db.vertx(), api, token, "X-Agent-ID", "somebody-else");
    assertThat(stranger.problem().getString("code")).isEqualTo("agent_not_allowed");
  }

  @Test
  void saysWhatThePathIsForToWhoeverAsksForNoWebSocket() throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + api.port() + LiveApi.BASE + "/ws"))
              .header("Authorization", "Bearer " + token)
              .build();
      var response = client.send(request, BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains("WebSocket");
    }
  }

  @Test
  void eachOperationNeedsItsScope() {
    var half = api.token(Engine.TENANT, "half", List.of("work.checkout"), null).secret();
    try (var agent = Agent.connect(db.vertx(), api, half)) {
      var submit =
          new JsonObject()
              .put("item_id", UUID.randomUUID().toString())
              .put("result", new JsonObject())
              .put("idempotency_key", "k");
      var problem = agent.problem("submit", submit);
      assertThat(problem.getString("code")).isEqualTo("forbidden");
      assertThat(problem.getString("detail")).contains("work.submit");
    }
  }

  @Test
  void closesWhenItsTokenIsRevoked() {
    var made = api.token(Engine.TENANT, "short-lived", List.of("work.checkout"), null);
    try (var agent = Agent.connect(db.vertx(), api, made.secret());
        var other = connect()) {
      api.revoke(made);
      assertThat(agent.closeCode()).isEqualTo(4401);
      other.result("unsubscribe", new JsonObject());
    }
  }

  @Test
  void closesWhenItsTokenHasExpired() {
    var made =
        api.token(
            Engine.TENANT, "expiring", List.of("work.checkout"), Instant.now().plusMillis(1500));
    try (var agent = Agent.connect(db.vertx(), api, made.secret())) {
      assertThat(agent.closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void opensNoMoreThanItMayAndAgainOnceOneHasLeft() {
    var agents = new ArrayList<Agent>();
    try {
      for (int i = 0; i < SETTINGS.maxConnections(); i++) {
        agents.add(connect());
      }
      var refused = Agent.refused(db.vertx(), api, token);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.problem().getString("code")).isEqualTo("overloaded");
      // Nothing is wrong with those that are open.
      agents.getFirst().result("unsubscribe", new JsonObject());
    } finally {
      agents.forEach(Agent::close);
    }
  }

  @Test
  void hasSoManyOperationsUnderWayAndNoMoreAndNoneTwice() {
    engine.type(new TestType("never"));
    try (var agent = connect()) {
      var waiting = new ArrayList<String>();
      for (int i = 0; i < SETTINGS.maxInFlight(); i++) {
        waiting.add(agent.send("checkout", types("never").put("wait", 60)));
      }
      assertThat(agent.problem("checkout", types("never")).getString("code"))
          .isEqualTo("overloaded");
      agent.text("{\"id\":\"%s\",\"op\":\"unsubscribe\"}".formatted(waiting.getFirst()));
      assertThat(Agent.problem(agent.reply()).getString("detail")).contains("under way");
      engine.propose("never", SETTINGS.maxInFlight());
      var answered = new ArrayList<String>();
      waiting.forEach(id -> answered.add(agent.reply().getString("id")));
      assertThat(answered).containsExactlyInAnyOrderElementsOf(waiting);
      // It watches four leases and may watch five.
      assertThat(agent.problem("checkout", types("never").put("max", 2)).getString("code"))
          .isEqualTo("overloaded");
    }
  }

  @Test
  void anItemThatIsNobodysIsNotFound() {
    try (var agent = connect()) {
      var nobodys = new JsonObject().put("item_id", UUID.randomUUID().toString());
      var results = agent.result("heartbeat", entries(nobodys)).getJsonArray("results");
      assertThat(results.getJsonObject(0).getInteger("status")).isEqualTo(404);
      var attach = entries(nobodys.copy().put("lease_token", "nonsense"));
      var attached = agent.result("attach", attach).getJsonArray("results");
      assertThat(attached.getJsonObject(0).getInteger("status")).isEqualTo(404);
    }
  }
}
