package dev.orderly.api.ws;

import dev.orderly.api.Callers;
import dev.orderly.api.ProblemJson;
import dev.orderly.api.RequestMetrics;
import dev.orderly.auth.Principal;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Provenance;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One agent's connection: its frames, its answers, its end. Belongs to one event loop. */
final class AgentSocket {
  private static final Logger LOG = LoggerFactory.getLogger(AgentSocket.class);
  private static final UUID NO_WAIT = new UUID(0, 0);
  private static final long CLOSING_NANOS = 5_000_000_000L;

  private final Hub hub;
  private final ServerWebSocket socket;
  private final Wire wire;
  private final Principal principal;
  private final Caller caller;
  private final String authorization;
  private final Provenance provenance;
  private final Outbox outbox;
  private final MessageParts parts;
  private final LifeSigns signs;

  /** By the frames' ids: the operations under way, and for those that wait for work their wait. */
  private final Map<String, UUID> underWay = new HashMap<>(4);

  private long frames;
  private long closingNanos;
  private boolean closing;
  private boolean draining;

  /**
   * @param authorization the header with which the connection was opened
   * @param provenance what the agent says of itself, or null
   */
  AgentSocket(
      Hub hub,
      ServerWebSocket socket,
      Wire wire,
      Principal principal,
      Caller caller,
      String authorization,
      Provenance provenance) {
    this.hub = hub;
    this.socket = socket;
    this.wire = wire;
    this.principal = principal;
    this.caller = caller;
    this.authorization = authorization;
    this.provenance = provenance;
    this.outbox = new Outbox(socket, hub.settings().maxPushes(), () -> close(CloseCode.SLOW));
    this.parts = new MessageParts(hub.settings().maxFrameBytes());
    this.signs = new LifeSigns(hub.settings(), System.nanoTime());
    socket.frameHandler(this::received);
    socket.pongHandler(pong -> signs.heard(System.nanoTime()));
    socket.exceptionHandler(
        failure -> LOG.debug("The connection of {}: {}", caller.agentId(), failure.getMessage()));
  }

  String tenant() {
    return caller.tenant();
  }

  Principal principal() {
    return principal;
  }

  Provenance provenance() {
    return provenance;
  }

  /** Notes that an operation waits for work, so that its wait can be ended. */
  void waits(String frameId, UUID waitId) {
    underWay.put(frameId, waitId);
  }

  void push(JsonObject event) {
    if (!closing) {
      outbox.push(event);
    }
  }

  void workAppeared(String type, int items) {
    if (!closing) {
      outbox.work(type, items);
    }
  }

  private void received(WebSocketFrame frame) {
    signs.heard(System.nanoTime());
    if (closing) {
      return;
    }
    switch (frame.type()) {
      case BINARY -> close(CloseCode.NOT_TEXT);
      case TEXT, CONTINUATION -> part(frame);
      case PING, PONG, CLOSE -> {}
    }
  }

  private void part(WebSocketFrame frame) {
    if (!parts.add(frame)) {
      close(CloseCode.TOO_LARGE);
    } else if (frame.isFinal()) {
      message(parts.take());
    }
  }

  private void message(byte[] text) {
    long since = System.nanoTime();
    signs.busy(since);
    frames++;
    var frame = Frames.read(text);
    if (frame.refused() != null && !Frames.isUtf8(text)) {
      close(CloseCode.NOT_UTF8);
      return;
    }
    if (tokenHasExpired()) {
      close(CloseCode.TOKEN_ENDED);
      return;
    }
    var refused = frame.refused() != null ? frame.refused() : refusal(frame);
    if (refused != null) {
      record(frame.op(), refused.code().status(), since);
      outbox.answer(Frames.refused(frame.id(), refused));
      return;
    }
    underWay.put(frame.id(), NO_WAIT);
    run(frame).onComplete(outcome -> answer(frame, since, outcome));
  }

  private boolean tokenHasExpired() {
    var expires = principal.expiresAt();
    return expires != null && !hub.clock().instant().isBefore(expires);
  }

  /** Why a frame is not acted upon, or null. */
  private Rejected refusal(Frames.Incoming frame) {
    if (draining || hub.draining().begun()) {
      return new Rejected(ErrorCode.UNAVAILABLE, "This node is stopping; connect to another");
    }
    if (underWay.containsKey(frame.id())) {
      var message = "An operation with this id is under way";
      return Rejected.invalid(message, List.of(new Violation("/id", "frame.id", message)));
    }
    if (underWay.size() >= hub.settings().maxInFlight()) {
      return new Rejected(
          ErrorCode.OVERLOADED,
          "%d operations of this connection are under way".formatted(underWay.size()));
    }
    return null;
  }

  private Future<Done> run(Frames.Incoming frame) {
    try {
      Callers.require(principal, frame.op().scope());
      var by =
          new Caller(
              caller.tenant(), caller.actor(), caller.agentId(), caller.requestId() + "." + frames);
      return hub.operations().run(this, by, frame);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private void answer(Frames.Incoming frame, long since, AsyncResult<Done> outcome) {
    underWay.remove(frame.id());
    signs.busy(System.nanoTime());
    if (outcome.failed()) {
      var why = rejected(outcome.cause());
      record(frame.op(), why.code().status(), since);
      if (!closing) {
        outbox.answer(Frames.refused(frame.id(), why));
      }
    } else {
      record(frame.op(), outcome.result().status(), since);
      deliver(frame.id(), outcome.result());
    }
    closeIfDrained();
  }

  private void deliver(String id, Done done) {
    if (closing || socket.isClosed()) {
      done.undelivered().run();
      return;
    }
    outbox.answer(Frames.of(id, done)).onFailure(lost -> done.undelivered().run());
    done.delivered().run();
  }

  private Rejected rejected(Throwable failure) {
    if (failure instanceof Rejected rejected) {
      return rejected;
    }
    var incident = UUID.randomUUID().toString();
    LOG.atError()
        .addKeyValue("incident", incident)
        .addKeyValue("agent_id", caller.agentId())
        .setCause(failure)
        .log("An operation failed");
    return ProblemJson.incident(incident);
  }

  private void record(Op op, int status, long since) {
    var operation = op == null ? RequestMetrics.UNMATCHED : op.wire();
    hub.metrics().record(operation, status, System.nanoTime() - since);
  }

  /** To be called about once a second. */
  void tick(long now) {
    if (closing) {
      if (now - closingNanos > CLOSING_NANOS) {
        wire.cut();
      }
      return;
    }
    if (draining) {
      // A checkout may have begun to wait only after it was told to leave.
      endWaits();
      return;
    }
    var why = tokenHasExpired() ? CloseCode.TOKEN_ENDED : signs.end(now, outbox, isIdle());
    if (why != null) {
      close(why);
      return;
    }
    if (signs.pingIsDue(now)) {
      socket.writePing(Buffer.buffer());
    }
    if (signs.tokenCheckIsDue(now)) {
      checkToken();
    }
  }

  private boolean isIdle() {
    return underWay.isEmpty() && hub.leases().size(this) == 0 && hub.news().of(this).isEmpty();
  }

  /** The announcement that a token was revoked may have been lost. */
  private void checkToken() {
    hub.authenticator()
        .authenticate(authorization)
        .onFailure(
            failure -> {
              if (failure instanceof Rejected rejected
                  && rejected.code() == ErrorCode.UNAUTHENTICATED) {
                close(CloseCode.TOKEN_ENDED);
              }
            });
  }

  /** Takes nothing new, ends waits, and closes once all that is under way is answered. */
  void drain() {
    draining = true;
    endWaits();
    closeIfDrained();
  }

  private void closeIfDrained() {
    if (draining && underWay.isEmpty()) {
      close(CloseCode.STOPPING);
    }
  }

  private void endWaits() {
    underWay.values().stream().filter(wait -> wait != NO_WAIT).forEach(hub.desks()::leave);
  }

  void close(CloseCode why) {
    if (!closing) {
      closing = true;
      closingNanos = System.nanoTime();
      // What is read from now on is thrown away; a paused socket would not see the peer's goodbye.
      socket.resume();
      socket.close(why.code(), why.reason());
      release();
    }
  }

  /** The connection is gone, whoever ended it. */
  void closed() {
    closing = true;
    release();
  }

  private void release() {
    endWaits();
    hub.leases().drop(this);
    hub.news().unsubscribe(this);
  }
}
