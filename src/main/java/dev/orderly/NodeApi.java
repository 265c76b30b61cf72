package dev.orderly;

import dev.orderly.api.ApiSettings;
import dev.orderly.api.ApiVerticle;
import dev.orderly.api.Collaborators;
import dev.orderly.api.rest.contract.Contract;
import dev.orderly.api.ws.OpenSockets;
import dev.orderly.api.ws.SocketSettings;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.ClusterMessages;
import dev.orderly.cluster.ClusterMessages.NodeDescription;
import dev.orderly.cluster.Placement;
import dev.orderly.config.Config;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** A node's HTTP server, and what the node says of itself. */
final class NodeApi {
  private final Config config;
  private final Collaborators collaborators;
  private final AtomicReference<ApiVerticle> listening = new AtomicReference<>();

  NodeApi(Config config, Collaborators collaborators) {
    this.config = config;
    this.collaborators = collaborators;
  }

  /**
   * @return the deployment's id; fails with a line for the operator if it cannot listen
   */
  Future<String> deploy(Vertx vertx) {
    var sockets = sockets();
    var open = new OpenSockets(sockets, collaborators.meters());
    return Contract.load(vertx, config.api().basePath())
        .compose(
            contract ->
                vertx.deployVerticle(
                    () -> {
                      listening.set(
                          new ApiVerticle(settings(), sockets, open, contract, collaborators));
                      return listening.get();
                    },
                    new DeploymentOptions().setInstances(config.api().instancesOrDefault())))
        .recover(
            failure ->
                Future.failedFuture(
                    CannotListen.explain(
                        failure,
                        "on %s port %d".formatted(config.api().host(), config.api().port()))));
  }

  /** The port that it listens on, once it is deployed. */
  int port() {
    return listening.get().port();
  }

  private SocketSettings sockets() {
    var websocket = config.websocket();
    return SocketSettings.of(
        websocket.maxConnections(),
        websocket.maxFrameBytes(),
        websocket.pingIntervalSeconds(),
        websocket.idleTimeoutSeconds());
  }

  private ApiSettings settings() {
    var api = config.api();
    return new ApiSettings(
        api.host(),
        api.port(),
        api.basePath(),
        api.maxBodyBytes(),
        api.idleTimeoutSeconds(),
        Set.copyOf(config.idempotency().enforceOn()),
        config.auth().cacheSeconds(),
        api.shutdownGraceSeconds(),
        api.tls() ? new ApiSettings.Tls(api.tlsCert(), api.tlsKey()) : null);
  }

  /** Lets other nodes ask who this one is. */
  void describe(Bus bus, Placement placement) {
    var api = config.api();
    var startedAt = InstantSource.system().instant();
    var scheme = api.tls() ? "https" : "http";
    var url = "%s://%s:%d".formatted(scheme, api.host(), port());
    var verticles =
        Map.of(
            "api", api.instancesOrDefault(),
            "auth", 1,
            "leasing", config.leasing().instances(),
            "state", config.state().instances(),
            "apply", config.apply().instances(),
            "artifacts", 1,
            "maintenance", 1);
    bus.serve(
        ClusterMessages.describe(placement.self()),
        describe ->
            Future.succeededFuture(
                new NodeDescription(
                    placement.self(),
                    Node.class.getPackage().getImplementationVersion(),
                    url,
                    placement.address(placement.self()),
                    startedAt,
                    verticles,
                    IntStream.range(0, config.leasing().shards())
                        .filter(shard -> placement.ownerOf(shard).equals(placement.self()))
                        .boxed()
                        .toList())));
  }
}
