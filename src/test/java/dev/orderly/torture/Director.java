package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import dev.orderly.torture.Entry.Op;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Proposes orders, reviews those that want it, and cancels a few. */
final class Director {
  private static final int TRIES = 20;
  private static final int ORDERS_MAX = 5_000;
  private static final int SERVER_ERROR = 500;

  private final String name;
  private final Api api;
  private final List<URI> nodes;
  private final Ledger ledger;
  private final Random random;
  private final int paceMillis;
  private final List<String> toReview = new ArrayList<>();
  private volatile boolean proposing = true;
  private volatile boolean stopping;
  private int keys;
  private Thread thread;

  /**
   * @param paceMillis the shortest pause between proposals
   */
  Director(String name, Api api, List<URI> nodes, Ledger ledger, Random random, int paceMillis) {
    this.paceMillis = paceMillis;
    this.name = name;
    this.api = api;
    this.nodes = nodes;
    this.ledger = ledger;
    this.random = random;
  }

  void begin() {
    thread = Thread.ofVirtual().start(this::run);
  }

  /** No new orders; reviews go on. */
  void proposeNoMore() {
    proposing = false;
  }

  void end() throws InterruptedException {
    stopping = true;
    thread.join();
  }

  private void run() {
    for (int orders = 0; !stopping; ) {
      if (proposing && orders < ORDERS_MAX) {
        orders++;
        propose();
      }
      if (!toReview.isEmpty()) {
        review(toReview.remove(random.nextInt(toReview.size())));
      }
      Child.pause(paceMillis + random.nextInt(3 * paceMillis));
    }
  }

  private void propose() {
    var type =
        switch (random.nextInt(20)) {
          case 0, 1 -> Workload.LIMITED;
          case 2, 3, 4, 5, 6, 7 -> Workload.MANUAL;
          default -> Workload.AUTO;
        };
    var own = "%s-%d".formatted(name, keys);
    var payload =
        new JsonObject()
            .put("name", own)
            .put("items", 1 + random.nextInt(6))
            .put("attempts", random.nextInt(10) == 0 ? 2 : 100);
    var reply =
        keyed(
            Op.PROPOSE,
            null,
            "/propose",
            new JsonObject()
                .put("type", type)
                .put("priority", random.nextInt(3))
                .put("payload", payload),
            own);
    if (!reply.is(201)) {
      return;
    }
    var order = reply.body().getJsonObject("order").getString("id");
    if (random.nextInt(20) == 0) {
      keyed(Op.CANCEL, order, "/orders/%s/cancel".formatted(order), new JsonObject(), null);
    } else if (type.equals(Workload.MANUAL)) {
      toReview.add(order);
    }
  }

  private void review(String order) {
    var shown = api.get(node(), "/orders/" + order);
    var state = shown.is(200) ? shown.body().getJsonObject("order").getString("state") : "unknown";
    switch (state) {
      case "submitted" -> {
        if (random.nextInt(3) == 0) {
          var error = new JsonObject().put("code", "again").put("message", "Once more, please");
          var rework =
              new JsonObject().put("errors", new JsonArray().add(error)).put("allow_rework", true);
          keyed(Op.REWORK, order, "/orders/%s/reject".formatted(order), rework, null);
          toReview.add(order);
        } else {
          keyed(Op.APPROVE, order, "/orders/%s/approve".formatted(order), new JsonObject(), null);
        }
      }
      case "approved", "applied", "completed", "failed", "cancelled", "rejected" -> {}
      default -> toReview.add(order);
    }
  }

  /** Tries until there is an answer, for as long as a fault may last. */
  private Reply keyed(Op op, String order, String path, JsonObject body, String detail) {
    var key = "%s-%d".formatted(name, keys++);
    long sent = System.nanoTime();
    ledger.add(entry(op, order, Entry.ASKING, sent, 0, detail));
    for (int tries = 1; ; tries++) {
      var reply = api.post(node(), path, null, key, body);
      boolean unknown = reply.status() == Api.NO_ANSWER || reply.status() >= SERVER_ERROR;
      if (!unknown || tries == TRIES) {
        var about =
            op == Op.PROPOSE && reply.is(201)
                ? reply.body().getJsonObject("order").getString("id")
                : order;
        ledger.add(entry(op, about, reply.status(), sent, reply.read(), detail));
        return reply;
      }
      Child.pause(300);
    }
  }

  private Entry entry(Op op, String order, int status, long sent, long read, String detail) {
    return new Entry(op, name, null, order, 0, status, sent, read, 0, detail, false);
  }

  private URI node() {
    return nodes.get(random.nextInt(nodes.size()));
  }
}
