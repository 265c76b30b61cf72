package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import dev.orderly.torture.Entry.Op;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One agent: takes work, heartbeats, and submits it, gives it back, gives it up, leaves it lying or
 * comes back to it too late. It writes down whatever it is told.
 */
final class Agent {
  private static final int TRIES = 6;
  private static final int OK = 200;
  private static final int SERVER_ERROR = 500;

  private final String name;
  private final Api api;
  private final List<URI> nodes;
  private final List<String> queues;
  private final Ledger ledger;
  private final Random random;
  private final AtomicBoolean stopping;
  private final long ttlMillis;
  private int keys;

  private record Held(String item, String order, long fence, String token) {
    JsonObject proof() {
      return new JsonObject().put("lease_token", token);
    }
  }

  Agent(
      String name,
      Api api,
      List<URI> nodes,
      List<String> queues,
      Ledger ledger,
      Random random,
      AtomicBoolean stopping,
      Duration ttl) {
    this.name = name;
    this.api = api;
    this.nodes = nodes;
    this.queues = queues;
    this.ledger = ledger;
    this.random = random;
    this.stopping = stopping;
    this.ttlMillis = ttl.toMillis();
  }

  void run() {
    while (!stopping.get()) {
      var reply = api.post(node(), "/checkout", name, null, wish());
      if (reply.is(OK)) {
        // A list only for who asked for several.
        var one = new JsonArray().add(reply.body().getJsonObject("item"));
        var items = reply.body().getJsonArray("items", one);
        var held = items.stream().map(JsonObject.class::cast).map(i -> given(i, reply)).toList();
        held.forEach(this::deal);
      } else {
        think(100);
      }
    }
  }

  private JsonObject wish() {
    var wish = new JsonObject();
    switch (random.nextInt(4)) {
      case 0 -> {}
      case 1 -> wish.put("type", new JsonArray(queues));
      default -> wish.put("type", queues.get(random.nextInt(queues.size())));
    }
    if (random.nextInt(3) == 0) {
      wish.put("max", 1 + random.nextInt(3));
    }
    if (random.nextInt(3) == 0) {
      wish.put("wait", 1 + random.nextInt(3));
    }
    return wish;
  }

  private Held given(JsonObject item, Reply reply) {
    var lease = item.getJsonObject("lease");
    var held =
        new Held(
            item.getString("id"),
            item.getString("order_id"),
            lease.getLong("fence"),
            lease.getString("token"));
    note(
        Op.CHECKOUT,
        held,
        reply.status(),
        reply.sent(),
        reply,
        lease.getString("expires_at"),
        null);
    return held;
  }

  private void deal(Held held) {
    for (int beats = random.nextInt(3); beats > 0; beats--) {
      think(600);
      var reply = api.post(node(), path(held, "heartbeat"), name, null, held.proof());
      note(
          Op.HEARTBEAT,
          held,
          reply.status(),
          reply.sent(),
          reply,
          reply.is(OK) ? reply.body().getString("lease_expires_at") : null,
          null);
    }
    think(200);
    int chance = random.nextInt(100);
    if (chance < 60) {
      submit(held);
    } else if (chance < 70) {
      end(Op.RELEASE, held, "release", held.proof(), null);
    } else if (chance < 80) {
      var failure = held.proof().put("retryable", true).put("reason", "Not today");
      end(Op.FAIL, held, "fail", failure, null);
    } else if (chance < 90) {
      // Comes back to it when the lease is over, or almost.
      Child.pause(ttlMillis - 100 + random.nextInt(600));
      submit(held);
    }
  }

  private void submit(Held held) {
    var result = new JsonObject().put("by", "%s-%d".formatted(name, keys));
    end(Op.SUBMIT, held, "submit", held.proof().put("result", result), result.encode());
  }

  /** With one key for all tries; it may have taken effect from the first one on. */
  private void end(Op op, Held held, String path, JsonObject body, String detail) {
    var key = op == Op.RELEASE ? null : "%s-%d".formatted(name, keys++);
    long sent = System.nanoTime();
    note(op, held, Entry.ASKING, sent, null, null, detail);
    for (int tries = 1; ; tries++) {
      var reply = api.post(node(), path(held, path), name, key, body);
      boolean unknown = reply.status() == Api.NO_ANSWER || reply.status() >= SERVER_ERROR;
      if (!unknown || tries == TRIES) {
        note(op, held, reply.status(), sent, reply, null, detail);
        return;
      }
      think(300);
    }
  }

  private void note(
      Op op, Held held, int status, long sent, Reply reply, String expiresAt, String detail) {
    long expires = expiresAt == null ? 0 : monotonic(Instant.parse(expiresAt));
    long read = reply == null ? 0 : reply.read();
    ledger.add(
        new Entry(
            op,
            name,
            held.item(),
            held.order(),
            held.fence(),
            status,
            sent,
            read,
            expires,
            detail));
  }

  /** If we stand still between the two looks at the clocks, the lease seems shorter, not longer. */
  private static long monotonic(Instant time) {
    long now = System.nanoTime();
    return now + Duration.between(Instant.now(), time).toNanos();
  }

  private static String path(Held held, String what) {
    return "/items/%s/%s".formatted(held.item(), what);
  }

  private URI node() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  private void think(int maxMillis) {
    Child.pause(random.nextInt(maxMillis));
  }
}
