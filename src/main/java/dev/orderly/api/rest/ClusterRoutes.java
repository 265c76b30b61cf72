package dev.orderly.api.rest;

import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.ClusterMessages;
import dev.orderly.cluster.ClusterMessages.Describe;
import dev.orderly.cluster.ClusterMessages.NodeDescription;
import dev.orderly.cluster.Placement;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.CountLeases;
import dev.orderly.leasing.LeaseMessages.LeaseCounts;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The nodes and who does what. */
final class ClusterRoutes {
  /** A node that takes longer is shown as one that does not answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Bus bus;
  private final Placement placement;

  ClusterRoutes(Bus bus, Placement placement) {
    this.bus = bus;
    this.placement = placement;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of("showCluster", this::show);
  }

  private Future<Reply> show(Call call) {
    var nodes = placement.nodes().stream().sorted().map(this::describe).toList();
    return bus.call(LeaseMessages.COUNT_LEASES, new CountLeases())
        .compose(leases -> Future.all(nodes).map(done -> encode(nodes, leases)));
  }

  private Future<JsonObject> describe(String node) {
    return bus.call(ClusterMessages.describe(node), new Describe(), PATIENCE)
        .map(ClusterRoutes::encode)
        .otherwise(
            silent ->
                new JsonObject()
                    .put("id", node)
                    .put("answers", false)
                    .put("address", placement.address(node)));
  }

  private static JsonObject encode(NodeDescription node) {
    return new JsonObject()
        .put("id", node.id())
        .put("answers", true)
        .put("version", node.version())
        .put("url", node.url())
        .put("address", node.address())
        .put("started_at", node.startedAt().toString())
        .put("verticles", new JsonObject(Map.copyOf(node.verticles())))
        .put("shards", new JsonArray(node.shards()));
  }

  private Reply encode(List<Future<JsonObject>> nodes, LeaseCounts leases) {
    var desks = new JsonArray();
    for (var queue : leases.queues()) {
      desks.add(
          new JsonObject()
              .put("type", queue.type())
              .put("tenant", queue.tenant())
              .put("shard", queue.shard())
              .put("node", placement.ownerOf(queue.shard()))
              .put("live_leases", queue.leases()));
    }
    return Reply.json(
        200,
        new JsonObject()
            .put("self", placement.self())
            .put("nodes", new JsonArray(nodes.stream().map(Future::result).toList()))
            .put("desks", desks));
  }
}
