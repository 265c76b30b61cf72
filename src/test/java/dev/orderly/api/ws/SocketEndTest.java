package dev.orderly.api.ws;

import static dev.orderly.api.ws.Agent.named;
import static dev.orderly.api.ws.Agent.types;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.ApiSettings;
import dev.orderly.api.LiveApi;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that the server ends. */
class SocketEndTest {
  private static final String WAIT =
      "{\"id\":\"w\",\"op\":\"checkout\",\"types\":[\"waited-for\"],\"wait\":60}";

  private TestDatabase db;
  private LiveApi api;

  @AfterEach
  void stop() {
    api.close();
    db.close();
  }

  private String start(SocketSettings settings) {
    return start(LiveApi.settings(), settings);
  }

  private String start(ApiSettings settings, SocketSettings sockets) {
    db = new TestDatabase().open();
    api = new LiveApi(db, settings, sockets);
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
    try (var socket = connect()) {
      socket.getOutputStream().write(upgrade(token));
      // Pings come, nobody answers, and the connection ends with a close frame, then for good.
      var all = socket.getInputStream().readAllBytes();
      var text = new String(all, ISO_8859_1);
      assertThat(text).startsWith("HTTP/1.1 101 ").contains("\u0089\u0000", "\u0011\u0038no sign");
    }
  }

  private Socket connect() throws IOException {
    var socket = new Socket("127.0.0.1", api.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static byte[] upgrade(String token) {
    return """
        GET %s/ws HTTP/1.1
        Host: localhost
        Authorization: Bearer %s
        Connection: Upgrade
        Upgrade: websocket
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

        """
        .formatted(LiveApi.BASE, token)
        .replace("\n", "\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aThousandHalfOpenSocketsHarmNobodyAndAreClosed() throws IOException {
    int half = 500;
    var impatient = new ApiSettings("127.0.0.1", 0, LiveApi.BASE, 1 << 20, 2, Set.of(), 5, 5, null);
    var token = start(impatient, SocketSettings.of(half + 2, 1 << 16, 1, 600));
    api.engine.type(new TestType("kept")).type(new TestType("waited-for"));
    api.engine.propose("kept", 2);
    var dead = new ArrayList<Socket>();
    try (var agent = Agent.connect(db.vertx(), api, token)) {
      var first = Agent.items(agent.result("checkout", types("kept"))).getFirst();
      for (int i = 0; i < half; i++) {
        var unfinished = connect();
        dead.add(unfinished);
        unfinished.getOutputStream().write(upgrade(token), 0, 60 + i % 60);
        var silent = connect();
        dead.add(silent);
        silent.getOutputStream().write(upgrade(token));
        assertThat(head(silent)).startsWith("HTTP/1.1 101 ");
        silent.getOutputStream().write(masked(WAIT));
      }
      assertThat(api.get(token, "/orders").statusCode()).isEqualTo(200);
      agent.result("heartbeat", Agent.entries(named(first)));
      try (var other = Agent.connect(db.vertx(), api, token)) {
        assertThat(Agent.items(other.result("checkout", types("kept")))).hasSize(1);
      }
      for (int i = 0; i < dead.size(); i++) {
        var all = new String(dead.get(i).getInputStream().readAllBytes(), ISO_8859_1);
        if (i % 2 == 1) {
          // Nothing but pings and the end: no answer ended its wait before.
          assertThat(all).doesNotContain("{").contains("\u0011\u0038no sign");
        }
      }
      // Those that are gone wait no more: the item is leased for the first time.
      var waiting = agent.send("checkout", types("waited-for").put("wait", 60));
      agent.result("unsubscribe", new JsonObject());
      api.engine.propose("waited-for", 1);
      var reply = agent.reply();
      assertThat(reply.getString("id")).isEqualTo(waiting);
      var item = Agent.items(reply.getJsonObject("result")).getFirst();
      assertThat(item.getJsonObject("lease").getLong("fence")).isEqualTo(1);
      agent.result("heartbeat", Agent.entries(named(first)));
      var open = api.meters.get("orderly.ws.connections").gauge();
      while (open.value() > 1) {
        Thread.onSpinWait();
      }
    } finally {
      for (var socket : dead) {
        socket.close();
      }
    }
  }

  private static String head(Socket socket) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      assertThat(next).as("what comes after " + head).isNotNegative();
      head.append((char) next);
    }
    return head.toString();
  }

  /** A text frame as clients send it, under a mask that changes nothing. */
  private static byte[] masked(String text) {
    return ByteBuffer.allocate(6 + text.length())
        .put((byte) 0x81)
        .put((byte) (0x80 | text.length()))
        .putInt(0)
        .put(text.getBytes(StandardCharsets.US_ASCII))
        .array();
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
