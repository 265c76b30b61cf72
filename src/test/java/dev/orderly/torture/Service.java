package dev.orderly.torture;

import dev.orderly.torture.Api.Reply;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Agents that work without a pause, each for a queue of its own, and take down when they were
 * served: what shows how long service was interrupted.
 */
final class Service {
  private static final long THINK_MILLIS = 20;

  /** One lease that somebody was given. */
  record Given(String item, long fence) {}

  private final Api api;
  private final List<URI> nodes;
  private final Map<String, List<Long>> served = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Given> given = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Given> submitted = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger keys = new AtomicInteger();
  private volatile boolean stopping;

  /**
   * @param nodes which nodes are asked, in turns
   */
  Service(Api api, List<URI> nodes) {
    this.api = api;
    this.nodes = nodes;
  }

  void begin(List<String> queues) {
    for (var queue : queues) {
      threads.add(Thread.ofVirtual().start(() -> work(queue)));
    }
  }

  private void work(String queue) {
    var agent = "agent-" + queue;
    for (int turn = 0; !stopping; turn++) {
      var node = nodes.get(turn % nodes.size());
      var reply = api.post(node, "/checkout", agent, null, new JsonObject().put("type", queue));
      if (reply.is(200)) {
        note("checkout", queue, reply);
        lease(node, agent, queue, reply.body().getJsonObject("item"));
      }
      Child.pause(THINK_MILLIS);
    }
  }

  private void lease(URI node, String agent, String queue, JsonObject item) {
    var lease = item.getJsonObject("lease");
    var one = new Given(item.getString("id"), lease.getLong("fence"));
    given.add(one);
    var proof = new JsonObject().put("lease_token", lease.getString("token"));
    var path = "/items/" + one.item();
    var beat = api.post(node, path + "/heartbeat", agent, null, proof);
    if (beat.is(200)) {
      note("heartbeat", queue, beat);
    }
    var result = proof.copy().put("result", new JsonObject().put("by", agent));
    if (api.post(node, path + "/submit", agent, "s" + keys.incrementAndGet(), result).is(202)) {
      submitted.add(one);
    }
  }

  private void note(String call, String queue, Reply reply) {
    served
        .computeIfAbsent(call + " " + queue, k -> new java.util.concurrent.CopyOnWriteArrayList<>())
        .add(reply.read());
  }

  /**
   * The longest time between two answers of a queue, of which the later came after the moment
   * given.
   *
   * @param call checkout or heartbeat
   */
  double gapSeconds(String call, long since) {
    long longest = 0;
    for (var queue : served.entrySet()) {
      if (queue.getKey().startsWith(call)) {
        var times = queue.getValue();
        for (int i = 1; i < times.size(); i++) {
          if (times.get(i) > since) {
            longest = Math.max(longest, times.get(i) - times.get(i - 1));
          }
        }
      }
    }
    return longest / 1e9;
  }

  /** How many queues were served after that moment. */
  long servedSince(String call, long since) {
    return served.entrySet().stream()
        .filter(queue -> queue.getKey().startsWith(call))
        .filter(queue -> queue.getValue().getLast() > since)
        .count();
  }

  List<Given> given() {
    return List.copyOf(given);
  }

  List<Given> submitted() {
    return List.copyOf(submitted);
  }

  /** Returns when every agent has finished what it was at. */
  void end() {
    stopping = true;
    try {
      for (var thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
