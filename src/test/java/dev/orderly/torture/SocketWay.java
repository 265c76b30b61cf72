package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import dev.orderly.torture.Entry.Op;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * By a WebSocket, which breaks now and then in the middle of a call. The next call goes by a new
 * connection, to any node, which mostly attaches what the agent had.
 */
final class SocketWay implements Way {
  private static final int BREAKS_ONE_OF = 40;
  private static final int OK = 200;

  private final Api api;
  private final String agent;
  private final List<URI> nodes;
  private final Ledger ledger;
  private final Random random;

  /** What was leased and not ended yet, by item. */
  private final Map<String, JsonObject> held = new LinkedHashMap<>();

  private Socket socket;

  SocketWay(Api api, String agent, List<URI> nodes, Ledger ledger, Random random) {
    this.api = api;
    this.agent = agent;
    this.nodes = nodes;
    this.ledger = ledger;
    this.random = random;
  }

  @Override
  public Reply checkout(List<String> queues, int max, int waitSeconds) {
    // Whatever is left of earlier work was left lying.
    held.clear();
    var frame = new JsonObject().put("op", "checkout").put("wait", waitSeconds);
    if (queues != null) {
      frame.put("types", new JsonArray(queues));
    }
    if (max > 0) {
      frame.put("max", max);
    }
    var reply = call(frame);
    if (reply.is(200)) {
      for (var item : reply.body().getJsonArray("items")) {
        held.put(((JsonObject) item).getString("id"), (JsonObject) item);
      }
    }
    return reply;
  }

  @Override
  public List<Reply> ask(Op op, List<JsonObject> asked, String key) {
    var frame = new JsonObject().put("op", op.name().toLowerCase(Locale.ROOT));
    if (op == Op.HEARTBEAT || op == Op.RELEASE) {
      frame.put("items", new JsonArray(asked));
      return HttpWay.each(call(frame), asked.size());
    }
    var replies = new ArrayList<Reply>();
    for (var one : asked) {
      replies.add(call(frame.copy().mergeIn(one).put("idempotency_key", key)));
    }
    return replies;
  }

  private Reply call(JsonObject frame) {
    long sent = System.nanoTime();
    if (socket == null || !socket.isOpen()) {
      socket = Socket.open(api, nodes.get(random.nextInt(nodes.size())), agent, this::pushed);
      if (socket == null) {
        return new Reply(Api.NO_ANSWER, new JsonObject(), sent, System.nanoTime());
      }
      attach();
    }
    return socket.call(frame, random.nextInt(BREAKS_ONE_OF) == 0);
  }

  private void pushed(JsonObject event) {
    if (event.getString("event").equals("lease_lost")) {
      long read = System.nanoTime();
      ledger.add(
          new Entry(
              Op.LOST,
              agent,
              event.getString("item_id"),
              event.getString("order_id"),
              event.getLong("fence"),
              OK,
              read,
              read,
              0,
              event.getString("reason"),
              false));
    }
  }

  private void attach() {
    if (held.isEmpty() || random.nextInt(4) == 0) {
      return;
    }
    var items = new JsonArray();
    for (var item : held.values()) {
      items.add(
          new JsonObject()
              .put("item_id", item.getString("id"))
              .put("lease_token", item.getJsonObject("lease").getString("token")));
    }
    var frame = new JsonObject().put("op", "attach").put("items", items);
    var replies = HttpWay.each(socket.call(frame, false), held.size());
    int i = 0;
    for (var item : held.values()) {
      var reply = replies.get(i++);
      var expiresAt = reply.is(200) ? reply.body().getString("lease_expires_at") : null;
      ledger.add(
          new Entry(
              Op.ATTACH,
              agent,
              item.getString("id"),
              item.getString("order_id"),
              item.getJsonObject("lease").getLong("fence"),
              reply.status(),
              reply.sent(),
              reply.read(),
              Api.monotonic(expiresAt),
              null,
              false));
    }
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.abort();
    }
  }
}
