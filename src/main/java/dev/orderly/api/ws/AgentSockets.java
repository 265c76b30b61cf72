package dev.orderly.api.ws;

import dev.orderly.api.Authenticator;
import dev.orderly.api.Collaborators;
import dev.orderly.api.ProvenanceHeaders;
import dev.orderly.api.RequestMetrics;
import dev.orderly.api.SocketDoor;
import dev.orderly.auth.AuthMessages;
import dev.orderly.auth.AuthMessages.Revoked;
import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Provenance;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseHints;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.lifecycle.WorkHints;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The agents' WebSockets of one event loop. */
public final class AgentSockets implements SocketDoor {
  private static final int TICK_MILLIS = 1_000;
  private static final int UPGRADE_SECONDS = 10;

  private final Vertx vertx;
  private final OpenSockets open;
  private final Collaborators with;
  private final Hub hub;
  private final Set<AgentSocket> sockets = new HashSet<>();
  private CompletableFuture<Void> drained;

  /**
   * @param open shared by the node's event loops
   * @param enforceOn the operations that must carry an idempotency key
   */
  public AgentSockets(
      Vertx vertx,
      SocketSettings settings,
      OpenSockets open,
      Collaborators with,
      Authenticator authenticator,
      Set<String> enforceOn) {
    this.vertx = vertx;
    this.open = open;
    this.with = with;
    var leases = new LeaseBook(with.bus(), with.clock());
    var news = new WorkNews(vertx);
    var leasing = new LeaseOperations(with.desks(), with.bus(), leases, settings.maxLeases());
    this.hub =
        new Hub(
            settings,
            new Operations(with.desks(), with.bus(), leases, leasing, news, enforceOn),
            with.desks(),
            leases,
            news,
            new RequestMetrics(
                with.meters(),
                "orderly.ws.operations",
                "Operations over WebSockets, from their frame to the answer"),
            authenticator,
            with.draining(),
            with.clock());
  }

  /** Listens to the bus, on the caller's context. */
  public void start() {
    var bus = with.bus();
    bus.listen(LeaseHints.LOST, hub.leases()::lost);
    bus.listen(LeaseHints.WITHDRAWN, hub.leases()::withdrawn);
    bus.listen(LeaseHints.ATTACHED, hub.leases()::attachedElsewhere);
    bus.listen(OrderHints.CANCELLED, hub.leases()::cancelled);
    bus.listen(WorkHints.AVAILABLE, hub.news()::appeared);
    bus.listen(AuthMessages.REVOKED, this::revoked);
    vertx.setPeriodic(LeaseWheel.TICK_MILLIS, tick -> hub.leases().tick());
    vertx.setPeriodic(
        TICK_MILLIS,
        tick -> {
          long now = System.nanoTime();
          List.copyOf(sockets).forEach(socket -> socket.tick(now));
        });
  }

  @Override
  public Future<Void> open(HttpServerRequest request, Principal principal, Caller caller) {
    requireUpgrade(request);
    var provenance = ProvenanceHeaders.read(request, caller);
    if (!open.tryOpen()) {
      throw new Rejected(
          ErrorCode.OVERLOADED, "%d WebSockets are open; try later".formatted(open.max()));
    }
    var authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    var wire = Wire.of(request);
    return request
        .toWebSocket()
        .timeout(UPGRADE_SECONDS, TimeUnit.SECONDS)
        .onFailure(
            failure -> {
              open.closed();
              request.connection().close();
            })
        .map(
            socket -> {
              accept(socket, wire, principal, caller, authorization, provenance);
              return null;
            });
  }

  /** Whatever Vert.x would refuse in words of its own. */
  private static void requireUpgrade(HttpServerRequest request) {
    var headers = request.headers();
    boolean complete =
        headers.contains(HttpHeaders.UPGRADE, "websocket", true)
            && headers.get(HttpHeaders.CONNECTION) != null
            && headers.get(HttpHeaders.CONNECTION).toLowerCase().contains("upgrade")
            && headers.contains("Sec-WebSocket-Version", "13", true)
            && headers.contains("Sec-WebSocket-Key");
    if (!complete) {
      throw new Rejected(
              ErrorCode.MALFORMED_REQUEST,
              "This path takes WebSocket upgrades only, as RFC 6455 has them, version 13")
          .next(
              "Connect with a WebSocket client, with the bearer token in the Authorization header");
    }
  }

  private void accept(
      ServerWebSocket socket,
      Wire wire,
      Principal principal,
      Caller caller,
      String authorization,
      Provenance provenance) {
    wire.closesWithACode();
    var agent = new AgentSocket(hub, socket, wire, principal, caller, authorization, provenance);
    sockets.add(agent);
    socket.closeHandler(
        closed -> {
          sockets.remove(agent);
          open.closed();
          agent.closed();
          if (drained != null && sockets.isEmpty()) {
            drained.complete(null);
          }
        });
    if (drained != null) {
      agent.drain();
    }
  }

  private void revoked(Revoked token) {
    List.copyOf(sockets).stream()
        .filter(socket -> socket.principal().tokenId().equals(token.id()))
        .forEach(socket -> socket.close(CloseCode.TOKEN_ENDED));
  }

  /** Answers what is under way, then closes every connection; done once all are gone. */
  public Future<Void> drain() {
    drained = new CompletableFuture<>();
    if (sockets.isEmpty()) {
      drained.complete(null);
    }
    List.copyOf(sockets).forEach(AgentSocket::drain);
    return Future.fromCompletionStage(drained, vertx.getOrCreateContext());
  }
}
