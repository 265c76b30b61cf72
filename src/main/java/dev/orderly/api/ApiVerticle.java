package dev.orderly.api;

import dev.orderly.api.rest.ApiRouter;
import dev.orderly.api.rest.contract.Contract;
import dev.orderly.api.rest.handling.OpenWaits;
import dev.orderly.api.ws.AgentSockets;
import dev.orderly.api.ws.OpenSockets;
import dev.orderly.api.ws.SocketSettings;
import dev.orderly.auth.AuthMessages;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Serves the API over HTTP. Instances of one deployment share a port and its connections. */
public final class ApiVerticle extends VerticleBase {
  private static final int MAX_REQUEST_LINE_BYTES = 16 << 10;
  private static final int MAX_HEADERS_BYTES = 32 << 10;

  private static final int CLOSING_SECONDS = 3;
  private static final long END_WAITS_MILLIS = 250;

  private final ApiSettings settings;
  private final Contract contract;
  private final Collaborators with;
  private final SocketSettings socketSettings;
  private final OpenSockets open;
  private OpenWaits waits;
  private AgentSockets sockets;
  private HttpServer server;

  /**
   * @param open shared by the instances
   */
  public ApiVerticle(
      ApiSettings settings,
      SocketSettings socketSettings,
      OpenSockets open,
      Contract contract,
      Collaborators with) {
    this.settings = settings;
    this.socketSettings = socketSettings.within(settings.idleTimeoutSeconds());
    this.open = open;
    this.contract = contract;
    this.with = with;
  }

  @Override
  public Future<?> start() {
    var authenticator =
        new Authenticator(
            with.bus(), with.clock(), Duration.ofSeconds(settings.authCacheSeconds()));
    with.bus().listen(AuthMessages.REVOKED, authenticator::forget);
    waits = new OpenWaits(with.desks());
    sockets =
        new AgentSockets(vertx, socketSettings, open, with, authenticator, settings.enforceOn());
    sockets.start();
    var router =
        new ApiRouter(vertx, settings, contract, with, authenticator, sockets, waits).create();
    server =
        vertx
            .createHttpServer(options())
            .requestHandler(router)
            .invalidRequestHandler(ApiRouter::refuse);
    return server.listen();
  }

  /** Lets requests in flight finish; those that wait for work are answered. */
  @Override
  public Future<?> stop() {
    waits.end();
    long ending = vertx.setPeriodic(END_WAITS_MILLIS, again -> waits.end());
    return sockets
        .drain()
        .timeout(Math.max(1, settings.graceSeconds()), TimeUnit.SECONDS)
        .transform(drained -> server.shutdown(settings.graceSeconds(), TimeUnit.SECONDS))
        .onComplete(stopped -> vertx.cancelTimer(ending));
  }

  /** The port that the server listens on, once it has started. */
  public int port() {
    return server.actualPort();
  }

  private HttpServerOptions options() {
    var options = plain();
    if (settings.tls() != null) {
      options
          .setSsl(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(settings.tls().cert().toString())
                  .setKeyPath(settings.tls().key().toString()));
    }
    return options;
  }

  private HttpServerOptions plain() {
    return new HttpServerOptions()
        .setHost(settings.host())
        // -1 is one free port shared by the instances; 0 would be another for each.
        .setPort(settings.port() == 0 ? -1 : settings.port())
        .setIdleTimeout(settings.idleTimeoutSeconds())
        .setMaxWebSocketFrameSize(socketSettings.maxFrameBytes())
        .setPerMessageWebSocketCompressionSupported(false)
        .setPerFrameWebSocketCompressionSupported(false)
        .setWebSocketClosingTimeout(CLOSING_SECONDS)
        .setHttp2ClearTextEnabled(false)
        .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
        .setMaxHeaderSize(MAX_HEADERS_BYTES)
        .setTcpNoDelay(true);
  }
}
