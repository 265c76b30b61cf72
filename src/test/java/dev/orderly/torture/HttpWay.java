package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import dev.orderly.torture.Entry.Op;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** By requests: one for one item, or one for all where the API has that. */
final class HttpWay implements Way {
  private final Api api;
  private final String agent;
  private final List<URI> nodes;
  private final Random random;

  HttpWay(Api api, String agent, List<URI> nodes, Random random) {
    this.api = api;
    this.agent = agent;
    this.nodes = nodes;
    this.random = random;
  }

  @Override
  public Reply checkout(List<String> queues, int max, int waitSeconds) {
    var wish = new JsonObject();
    if (queues != null) {
      wish.put("type", queues.size() == 1 ? queues.getFirst() : new JsonArray(queues));
    }
    if (max > 0) {
      wish.put("max", max);
    }
    if (waitSeconds > 0) {
      wish.put("wait", waitSeconds);
    }
    var reply = api.post(node(), "/checkout", agent, null, wish);
    if (reply.is(200) && max == 0) {
      reply.body().put("items", new JsonArray().add(reply.body().getJsonObject("item")));
    }
    return reply;
  }

  @Override
  public List<Reply> ask(Op op, List<JsonObject> asked, String key) {
    var verb = op.name().toLowerCase(Locale.ROOT);
    if (asked.size() == 1 || op == Op.FAIL) {
      return asked.stream().map(one -> single(verb, one, key)).toList();
    }
    var body = new JsonObject().put("items", new JsonArray(asked));
    var reply = api.post(node(), "/items/" + verb, agent, key, body);
    return each(reply, asked.size());
  }

  private Reply single(String verb, JsonObject asked, String key) {
    var body = asked.copy();
    var item = (String) body.remove("item_id");
    return api.post(node(), "/items/%s/%s".formatted(item, verb), agent, key, body);
  }

  /** Of an answer to many, or of none for any of them. */
  static List<Reply> each(Reply reply, int items) {
    var replies = new ArrayList<Reply>();
    var results = reply.is(200) ? reply.body().getJsonArray("results") : null;
    for (int i = 0; i < items; i++) {
      if (results == null) {
        replies.add(reply);
      } else {
        var result = results.getJsonObject(i);
        replies.add(new Reply(result.getInteger("status"), result, reply.sent(), reply.read()));
      }
    }
    return replies;
  }

  private URI node() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  @Override
  public void close() {
    // Connections are the group's.
  }
}
