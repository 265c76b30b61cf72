package dev.orderly.api.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.api.LiveApi;
import dev.orderly.testing.TestDatabase;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** An agent on a WebSocket. Every frame, either way, is held against its schema. */
final class Agent implements AutoCloseable {
  private static final long LIMIT_SECONDS = 20;
  private static final CompiledSchema CLIENT = schema("client");
  private static final CompiledSchema REPLY = schema("reply");
  private static final CompiledSchema EVENT = schema("event");

  final BlockingQueue<JsonObject> replies = new LinkedBlockingQueue<>();
  final BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
  final CompletableFuture<Short> closed = new CompletableFuture<>();

  private final WebSocketClient client;
  private final WebSocket socket;
  private final BlockingQueue<Throwable> faults = new LinkedBlockingQueue<>();
  private int ids;

  private Agent(WebSocketClient client, WebSocket socket) {
    this.client = client;
    this.socket = socket;
    socket.textMessageHandler(this::received);
    socket.closeHandler(gone -> closed.complete(socket.closeStatusCode()));
  }

  static Agent connect(Vertx vertx, LiveApi api, String token, String... headers) {
    var options =
        new WebSocketClientOptions()
            .setMaxFrameSize(1 << 24)
            .setMaxMessageSize(1 << 26)
            .setConnectTimeout(10_000);
    var client = vertx.createWebSocketClient(options);
    var to =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(api.port())
            .setURI(LiveApi.BASE + "/ws");
    if (token != null) {
      to.addHeader("Authorization", "Bearer " + token);
    }
    for (int i = 0; i < headers.length; i += 2) {
      to.addHeader(headers[i], headers[i + 1]);
    }
    // The agent is made where the socket's frames come, so that it misses none.
    return TestDatabase.await(client.connect(to).map(socket -> new Agent(client, socket)));
  }

  /** The status with which the upgrade is refused, and the problem. */
  record Refused(int status, JsonObject problem) {}

  static Refused refused(Vertx vertx, LiveApi api, String token, String... headers) {
    try {
      connect(vertx, api, token, headers).close();
      throw new AssertionError("the upgrade was not refused");
    } catch (Exception e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof UpgradeRejectedException rejected) {
          return new Refused(rejected.getStatus(), rejected.getBody().toJsonObject());
        }
      }
      throw new AssertionError(e);
    }
  }

  private void received(String text) {
    try {
      var frame = new JsonObject(text);
      boolean event = frame.containsKey("event");
      assertThat((event ? EVENT : REPLY).validate(frame)).as(text).isEmpty();
      (event ? events : replies).add(frame);
    } catch (Throwable e) {
      faults.add(e);
    }
  }

  /** Sends a frame and gives its id. */
  String send(String op, JsonObject members) {
    var id = "f-" + ++ids;
    var frame = new JsonObject().put("id", id).put("op", op).mergeIn(members);
    assertThat(CLIENT.validate(frame)).as(frame.encode()).isEmpty();
    text(frame.encode());
    return id;
  }

  void text(String text) {
    TestDatabase.await(socket.writeTextMessage(text));
  }

  void frame(WebSocketFrame frame) {
    TestDatabase.await(socket.writeFrame(frame));
  }

  /** Stops reading. */
  void pause() {
    socket.pause();
  }

  void resume() {
    socket.resume();
  }

  /** Sends a frame and gives its answer. */
  JsonObject ask(String op, JsonObject members) {
    var id = send(op, members);
    var reply = next(replies);
    assertThat(reply.getString("id")).isEqualTo(id);
    return reply;
  }

  JsonObject result(String op, JsonObject members) {
    var reply = ask(op, members);
    assertThat(reply.getBoolean("ok")).as(reply.encode()).isTrue();
    return reply.getJsonObject("result");
  }

  JsonObject problem(String op, JsonObject members) {
    return problem(ask(op, members));
  }

  static JsonObject problem(JsonObject reply) {
    assertThat(reply.getBoolean("ok")).as(reply.encode()).isFalse();
    return reply.getJsonObject("problem");
  }

  JsonObject reply() {
    return next(replies);
  }

  JsonObject event(String name) {
    var event = next(events);
    assertThat(event.getString("event")).as(event.encode()).isEqualTo(name);
    return event;
  }

  private JsonObject next(BlockingQueue<JsonObject> from) {
    try {
      var frame = from.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(faults).isEmpty();
      assertThat(frame).as("a frame; closed with %s", closed.getNow(null)).isNotNull();
      return frame;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  int closeCode() {
    try {
      return closed.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("the connection was not closed", e);
    }
  }

  /** The items of a checkout's result. */
  static List<JsonObject> items(JsonObject result) {
    return result.getJsonArray("items").stream().map(JsonObject.class::cast).toList();
  }

  static JsonObject named(JsonObject item) {
    return new JsonObject().put("item_id", item.getString("id"));
  }

  static JsonObject withToken(JsonObject item) {
    return named(item).put("lease_token", item.getJsonObject("lease").getString("token"));
  }

  static JsonObject entries(JsonObject... entries) {
    return new JsonObject().put("items", new JsonArray(List.of(entries)));
  }

  static JsonObject types(String... types) {
    return new JsonObject().put("types", new JsonArray(List.of((Object[]) types)));
  }

  private static CompiledSchema schema(String name) {
    try (var in = Agent.class.getResourceAsStream("/websocket/" + name + ".schema.json")) {
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return CompiledSchema.compile(name, new JsonObject(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Drops the connection without a goodbye. */
  void drop() {
    TestDatabase.await(client.close());
  }

  @Override
  public void close() {
    if (!socket.isClosed()) {
      TestDatabase.await(socket.close());
    }
    TestDatabase.await(client.close());
    assertThat(faults).isEmpty();
  }
}
