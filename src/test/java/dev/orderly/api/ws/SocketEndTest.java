package dev.orderly.api.ws;

import static dev.orderly.api.ws.Agent.named;
import static dev.orderly.api.ws.Agent.types;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that the server ends. */
class SocketEndTest {
  private TestDatabase db;
  private LiveApi api;

  @AfterEach
  void stop() {
    api.close();
    db.close();
  }

  private String start(SocketSettings settings) {
    db = new TestDatabase().open();
    api = new LiveApi(db, LiveApi.settings(), settings);
    return api.agent("agent");
  }

  @Test
  void aStoppingNodeAnswersWhatIsUnderWayAndSendsEverybodyElsewhere() {
    var token = start(SocketSettings.defaults());
    api.engine.type(new TestType("drain"));
    try (var waiting = Agent.connect(db.vertx(), api, token);
        var idle = Agent.connect(db.vertx(), api, token)) {
      waiting.send("checkout", types("drain").put("wait", 60));
      // Answered after the checkout was taken, as frames are read in their order.
      waiting.result("unsubscribe", new JsonObject());
      api.stop();
      assertThat(idle.closeCode()).isEqualTo(1012);
      assertThat(Agent.problem(waiting.reply()).getString("code")).isEqualTo("no_items_available");
      assertThat(waiting.closeCode()).isEqualTo(1012);
    }
  }

  @Test
  void closesWhatHasNothingToDoAndNothingElse() {
    var token = start(SocketSettings.of(10, 1 << 20, 1, 1));
    api.engine.type(new TestType("idle"));
    api.engine.propose("idle", 1);
    try (var idle = Agent.connect(db.vertx(), api, token);
        var reader = Agent.connect(db.vertx(), api, token);
        var holder = Agent.connect(db.vertx(), api, token)) {
      reader.result("subscribe", types("idle"));
      var item = Agent.items(holder.result("checkout", types("idle"))).getFirst();
      assertThat(idle.closeCode()).isEqualTo(4410);
      reader.result("subscribe", types("idle"));
      holder.result("heartbeat", Agent.entries(named(item)));
    }
  }

  @Test
  void noticesAPeerThatGivesNoSignOfLife() throws IOException {
    var token = start(SocketSettings.of(10, 1 << 20, 1, 600));
    try (var socket = new Socket("127.0.0.1", api.port())) {
      socket.setSoTimeout(20_000);
      var request =
          """
          GET %s/ws HTTP/1.1
          Host: localhost
          Authorization: Bearer %s
          Connection: Upgrade
          Upgrade: websocket
          Sec-WebSocket-Version: 13
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

          """
              .formatted(LiveApi.BASE, token)
              .replace("\n", "\r\n");
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      // Pings come, nobody answers, and the connection ends with a close frame, then for good.
      var all = socket.getInputStream().readAllBytes();
      var text = new String(all, StandardCharsets.ISO_8859_1);
      assertThat(text).startsWith("HTTP/1.1 101 ").contains("\u0089\u0000", "\u0011\u0038no sign");
    }
  }

  @Test
  void closesOnAReaderForWhomTooManyPushesWait() {
    int pushes = 8;
    var token = start(new SocketSettings(10, 1 << 16, 64, 100, pushes, 20, 600));
    api.engine.type(new TestType("flood")).type(new TestType("push"));
    // More than any buffer between here and there takes: a paused client keeps some frames more.
    var big = new JsonObject().put("text", "x".repeat(8 << 20));
    var inputs = new JsonArray(List.of(big, big, big));
    api.engine.propose("flood", new JsonObject().put("items", inputs), 0, null);
    var orders = new ArrayList<UUID>();
    try (var slow = Agent.connect(db.vertx(), api, token);
        var other = Agent.connect(db.vertx(), api, token)) {
      for (int i = 0; i <= pushes; i++) {
        var order = api.engine.propose("push", 2);
        orders.add(order);
        var one = new JsonObject().put("order", order.toString());
        slow.result("checkout", one);
        other.result("checkout", one);
      }
      slow.pause();
      var checkouts = api.meters.get("orderly.ws.operations").tag("operation", "checkout").timer();
      long before = checkouts.count();
      slow.send("checkout", types("flood").put("max", 3));
      while (checkouts.count() == before) {
        Thread.onSpinWait();
      }
      orders.forEach(api.engine::cancel);
      // Both are told in one go: what the other has got is what waits for the slow one.
      orders.forEach(order -> other.event("order_cancelled"));
      slow.resume();
      assertThat(slow.closeCode()).isEqualTo(4429);
      other.result("unsubscribe", new JsonObject());
    }
  }
}
