package dev.orderly.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What agents cost that are connected and hold leases: each on a WebSocket of its own, with a
 * heartbeat for all its leases in one frame every ten seconds. The heartbeats are spread evenly
 * over these, and are sent when they are due, whatever the node does.
 */
final class Sockets {
  static final String TYPE = "bench.held";
  static final String TYPE_FILE =
      """
      type: bench.held
      version: 1
      payload:
        type: object
        required: [items]
        properties: { items: { type: integer, minimum: 1 } }
      plan: '[1..order.payload.items].{"input": {"number": $}}'
      submission:
        schema: { type: object }
      apply: { none: {} }
      lease: { ttl_seconds: 60, heartbeat_every_seconds: 10 }
      """;

  private static final Duration ROUND = Duration.ofSeconds(10);
  private static final int WARM_UP_ROUNDS = 2;
  private static final int OPENED_AT_ONCE = 64;
  private static final int OTHER_FILES = 300;
  private static final int MAX_MESSAGE_BYTES = 4 << 20;

  private final Vertx vertx;
  private final URI url;
  private final String token;
  private final int leases;
  private final WebSocketClient client;
  private final List<Agent> agents = new ArrayList<>();
  private final Measured measured = new Measured();
  private int opened;
  private long lost;
  private boolean stopping;
  private Duration cpuBefore = Duration.ZERO;
  private Duration cpu = Duration.ZERO;

  /**
   * @param leases of each agent, at most 256: they share a frame
   */
  Sockets(Vertx vertx, URI url, String token, int agents, int leases) {
    this.vertx = vertx;
    this.url = url;
    this.token = token;
    this.leases = leases;
    this.client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setMaxConnections(agents)
                .setTcpNoDelay(true)
                .setMaxFrameSize(MAX_MESSAGE_BYTES)
                .setMaxMessageSize(MAX_MESSAGE_BYTES));
    for (int i = 0; i < agents; i++) {
      this.agents.add(new Agent("bench-" + i));
    }
  }

  /** Why this machine does not let a process have so many sockets, or null. */
  static String obstacle(int agents) {
    long needed = (long) agents + OTHER_FILES;
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            && unix.getMaxFileDescriptorCount() < needed
        ? "%d sockets need %d open files in the node and in its load; ulimit -n allows %d"
            .formatted(agents, needed, unix.getMaxFileDescriptorCount())
        : null;
  }

  /** What the node must be told to take so many sockets. */
  static Map<String, String> environment(int agents) {
    return Map.of("ORDERLY_WEBSOCKET_MAX_CONNECTIONS", "" + (agents + 1));
  }

  /** Opens all sockets, each of which then holds its leases and keeps them by heartbeats. */
  Future<Void> open() {
    long began = System.nanoTime();
    var beats = new long[1];
    long everyNanos = ROUND.toNanos() / agents.size();
    vertx.setPeriodic(
        1,
        tick -> {
          for (long due = (System.nanoTime() - began) / everyNanos; beats[0] < due; beats[0]++) {
            agents
                .get((int) (beats[0] % agents.size()))
                .heartbeat(began + (beats[0] + 1) * everyNanos);
          }
        });
    List<Future<Void>> doors = new ArrayList<>();
    for (int i = 0; i < OPENED_AT_ONCE; i++) {
      doors.add(openNext());
    }
    return Future.all(doors).mapEmpty();
  }

  private Future<Void> openNext() {
    if (opened == agents.size()) {
      return Future.succeededFuture();
    }
    return agents.get(opened++).open().compose(done -> openNext());
  }

  /**
   * Counts, after two rounds of heartbeats, what happens within the seconds given.
   *
   * @param nodeCpu the CPU time that the node has taken
   */
  Future<Measured> run(int seconds, Supplier<Duration> nodeCpu) {
    return vertx
        .timer(WARM_UP_ROUNDS * ROUND.toMillis())
        .compose(
            warm -> {
              cpuBefore = nodeCpu.get();
              measured.begin();
              return vertx.timer(seconds * 1_000L);
            })
        .map(
            over -> {
              measured.end();
              cpu = nodeCpu.get().minus(cpuBefore);
              stopping = true;
              return measured;
            });
  }

  void print(int seconds, long maxResidentBytes) {
    System.out.printf(
        Locale.ROOT,
        "%n%,d agents on WebSockets, %d leases each, a heartbeat for all of them every %d s%n",
        agents.size(),
        leases,
        ROUND.toSeconds());
    measured.print("Orderly", "leases kept/s");
    System.out.printf(
        Locale.ROOT, "  leases     %,d held, %,d lost%n", agents.size() * leases, lost);
    System.out.printf(
        Locale.ROOT,
        "  node       %.2f cores, resident at most %d MB%n",
        cpu.toNanos() / 1e9 / seconds,
        maxResidentBytes >> 20);
  }

  private final class Agent {
    private final String name;
    private final Promise<Void> holding = Promise.promise();
    private final JsonArray items = new JsonArray();
    private WebSocket socket;
    private String heartbeat;
    private long dueNanos;

    Agent(String name) {
      this.name = name;
    }

    /** Done once it holds all its leases. */
    Future<Void> open() {
      var to =
          new WebSocketConnectOptions()
              .setHost(url.getHost())
              .setPort(url.getPort())
              .setURI("/agent/work/ws")
              .addHeader("authorization", "Bearer " + token)
              .addHeader("x-agent-id", name);
      return client
          .connect(to)
          .compose(
              made -> {
                socket = made;
                made.textMessageHandler(text -> received(new JsonObject(text)));
                made.closeHandler(gone -> closed());
                checkout();
                return holding.future();
              });
    }

    private void checkout() {
      send(
          new JsonObject()
              .put("id", "checkout")
              .put("op", "checkout")
              .put("types", new JsonArray().add(TYPE))
              .put("max", leases - items.size())
              .put("wait", 10)
              .encode());
    }

    private void send(String frame) {
      socket
          .writeTextMessage(frame)
          .onFailure(failure -> measured.error("write " + failure.getClass().getSimpleName()));
    }

    private void received(JsonObject frame) {
      if (frame.containsKey("event")) {
        pushed(frame.getString("event"));
      } else if (!frame.getBoolean("ok")) {
        refused(frame);
      } else if (heartbeat == null) {
        checkedOut(frame.getJsonObject("result").getJsonArray("items"));
      } else {
        answered(frame.getJsonObject("result").getJsonArray("results"));
      }
    }

    private void pushed(String event) {
      measured.error("push " + event);
      if (event.equals("lease_lost")) {
        lost++;
      }
    }

    private void refused(JsonObject frame) {
      dueNanos = 0;
      var problem = "%s: %s".formatted(frame.getString("id"), frame.getJsonObject("problem"));
      measured.error(frame.getString("id") + " " + code(frame));
      holding.tryFail(problem);
    }

    private static String code(JsonObject refused) {
      return refused.getJsonObject("problem").getString("code");
    }

    private void checkedOut(JsonArray given) {
      for (int i = 0; i < given.size(); i++) {
        items.add(new JsonObject().put("item_id", given.getJsonObject(i).getString("id")));
      }
      if (items.size() < leases) {
        checkout();
        return;
      }
      heartbeat =
          new JsonObject()
              .put("id", "heartbeat")
              .put("op", "heartbeat")
              .put("items", items)
              .encode();
      holding.complete();
    }

    void heartbeat(long due) {
      if (heartbeat == null || stopping) {
        return;
      }
      if (dueNanos != 0) {
        measured.error("no answer for a whole round");
        return;
      }
      dueNanos = due;
      send(heartbeat);
    }

    private void answered(JsonArray results) {
      measured.call("heartbeat", System.nanoTime() - dueNanos);
      dueNanos = 0;
      for (int i = 0; i < results.size(); i++) {
        var result = results.getJsonObject(i);
        if (result.getInteger("status") == 200) {
          measured.lifecycle();
        } else {
          measured.error("heartbeat of a lease " + code(result));
        }
      }
    }

    private void closed() {
      if (!stopping) {
        measured.error("closed with " + socket.closeStatusCode());
        holding.tryFail("A socket was closed with " + socket.closeStatusCode());
      }
    }
  }
}
