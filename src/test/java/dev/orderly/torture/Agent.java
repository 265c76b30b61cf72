package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import dev.orderly.torture.Entry.Op;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * One agent: takes work, heartbeats, and submits it, gives it back, gives it up, leaves it lying or
 * comes back to it too late; several items one after the other or all in one call; with the lease's
 * token, its fence, or by naming the item only. It writes down whatever it is told.
 */
final class Agent {
  private static final int TRIES = 6;
  private static final int OK = 200;
  private static final int SERVER_ERROR = 500;
  private static final int BEAT_MILLIS = 700;

  private final String name;
  private final Way way;
  private final List<String> queues;
  private final Ledger ledger;
  private final Random random;
  private final AtomicBoolean stopping;
  private final long ttlMillis;
  private int keys;

  /** What it shows of its lease. */
  private enum Shown {
    TOKEN,
    FENCE,
    NOTHING
  }

  private record Held(String item, String order, long fence, String token, Shown shown) {
    JsonObject asked() {
      var asked = new JsonObject().put("item_id", item);
      return switch (shown) {
        case TOKEN -> asked.put("lease_token", token);
        case FENCE -> asked.put("fence", fence);
        case NOTHING -> asked;
      };
    }

    boolean bare() {
      return shown == Shown.NOTHING;
    }
  }

  Agent(
      String name,
      Way way,
      List<String> queues,
      Ledger ledger,
      Random random,
      AtomicBoolean stopping,
      Duration ttl) {
    this.name = name;
    this.way = way;
    this.queues = queues;
    this.ledger = ledger;
    this.random = random;
    this.stopping = stopping;
    this.ttlMillis = ttl.toMillis();
  }

  void run() {
    while (!stopping.get()) {
      var reply = checkout();
      if (reply.is(OK)) {
        var held =
            reply.body().getJsonArray("items").stream()
                .map(JsonObject.class::cast)
                .map(item -> given(item, reply))
                .toList();
        if (random.nextBoolean()) {
          deal(held);
        } else {
          held.forEach(one -> deal(List.of(one)));
        }
      } else {
        think(100);
      }
    }
    way.close();
  }

  private Reply checkout() {
    var wanted =
        switch (random.nextInt(4)) {
          case 0 -> null;
          case 1 -> queues;
          default -> List.of(queues.get(random.nextInt(queues.size())));
        };
    int max = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0;
    int waitSeconds = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0;
    return way.checkout(wanted, max, waitSeconds);
  }

  private Held given(JsonObject item, Reply reply) {
    var lease = item.getJsonObject("lease");
    int chance = random.nextInt(10);
    var held =
        new Held(
            item.getString("id"),
            item.getString("order_id"),
            lease.getLong("fence"),
            lease.getString("token"),
            chance < 6 ? Shown.TOKEN : chance < 8 ? Shown.FENCE : Shown.NOTHING);
    ledger.add(
        new Entry(
            Op.CHECKOUT,
            name,
            held.item(),
            held.order(),
            held.fence(),
            reply.status(),
            reply.sent(),
            reply.read(),
            Api.monotonic(lease.getString("expires_at")),
            Workload.about(item),
            false));
    return held;
  }

  private void deal(List<Held> held) {
    for (int beats = random.nextInt((int) ttlMillis / BEAT_MILLIS + 1); beats > 0; beats--) {
      think(600);
      heartbeat(held);
    }
    think(200);
    int chance = random.nextInt(100);
    if (chance < 60) {
      submit(held);
    } else if (chance < 70) {
      end(Op.RELEASE, held, null, asked -> {});
    } else if (chance < 80) {
      end(Op.FAIL, held, null, asked -> asked.put("retryable", true).put("reason", "Not today"));
    } else if (chance < 90) {
      // Comes back to it when the lease is over, or almost.
      Child.pause(ttlMillis - 100 + random.nextInt(600));
      submit(held);
    }
  }

  private void heartbeat(List<Held> held) {
    var replies = way.ask(Op.HEARTBEAT, held.stream().map(Held::asked).toList(), null);
    for (int i = 0; i < held.size(); i++) {
      var reply = replies.get(i);
      var expiresAt = reply.is(OK) ? reply.body().getString("lease_expires_at") : null;
      note(Op.HEARTBEAT, held.get(i), reply.sent(), reply, Api.monotonic(expiresAt), null);
    }
  }

  private void submit(List<Held> held) {
    var result = new JsonObject().put("by", "%s-%d".formatted(name, keys));
    end(Op.SUBMIT, held, result.encode(), asked -> asked.put("result", result));
  }

  /** With one key for all tries; it may have taken effect from the first one on. */
  private void end(Op op, List<Held> held, String detail, Consumer<JsonObject> members) {
    var key = op == Op.RELEASE ? null : "%s-%d".formatted(name, keys++);
    long sent = System.nanoTime();
    held.forEach(one -> note(op, one, sent, null, 0, detail));
    var open = held;
    for (int tries = 1; !open.isEmpty(); tries++) {
      var asked = open.stream().map(Held::asked).toList();
      asked.forEach(members);
      var replies = way.ask(op, asked, key);
      var left = new ArrayList<Held>();
      for (int i = 0; i < open.size(); i++) {
        var reply = replies.get(i);
        boolean unknown = reply.status() == Api.NO_ANSWER || reply.status() >= SERVER_ERROR;
        if (unknown && tries < TRIES) {
          left.add(open.get(i));
        } else {
          note(op, open.get(i), sent, reply, 0, detail);
        }
      }
      open = left;
      if (!open.isEmpty()) {
        think(300);
      }
    }
  }

  private void note(Op op, Held held, long sent, Reply reply, long expires, String detail) {
    int status = reply == null ? Entry.ASKING : reply.status();
    long fence = held.fence();
    if (held.bare() && op == Op.SUBMIT && status / 100 == 2) {
      // Its answer tells which lease it was.
      fence = reply.body().getJsonObject("item").getLong("fence");
    }
    long read = reply == null ? 0 : reply.read();
    ledger.add(
        new Entry(
            op,
            name,
            held.item(),
            held.order(),
            fence,
            status,
            sent,
            read,
            expires,
            detail,
            held.bare()));
  }

  private void think(int maxMillis) {
    Child.pause(random.nextInt(maxMillis));
  }
}
