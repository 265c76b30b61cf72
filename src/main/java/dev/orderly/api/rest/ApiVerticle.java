package dev.orderly.api.rest;

import dev.orderly.auth.AuthMessages;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Serves the API over HTTP. Instances of one deployment share a port and its connections. */
public final class ApiVerticle extends VerticleBase {
  private static final int MAX_REQUEST_LINE_BYTES = 16 << 10;
  private static final int MAX_HEADERS_BYTES = 32 << 10;

  private final ApiSettings settings;
  private final Contract contract;
  private final Collaborators with;
  private HttpServer server;

  public ApiVerticle(ApiSettings settings, Contract contract, Collaborators with) {
    this.settings = settings;
    this.contract = contract;
    this.with = with;
  }

  @Override
  public Future<?> start() {
    var authenticator =
        new Authenticator(
            with.bus(), with.clock(), Duration.ofSeconds(settings.authCacheSeconds()));
    with.bus().listen(AuthMessages.REVOKED, authenticator::forget);
    var router = new ApiRouter(vertx, settings, contract, with, authenticator).create();
    server =
        vertx
            .createHttpServer(options())
            .requestHandler(router)
            .invalidRequestHandler(ApiVerticle::refuse);
    return server.listen();
  }

  /** Lets requests in flight finish. */
  @Override
  public Future<?> stop() {
    return server.shutdown(settings.drainSeconds(), TimeUnit.SECONDS);
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
        .setHttp2ClearTextEnabled(false)
        .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
        .setMaxHeaderSize(MAX_HEADERS_BYTES)
        .setTcpNoDelay(true);
  }

  /** What the HTTP decoder cannot make sense of; nothing after it can be trusted. */
  private static void refuse(HttpServerRequest request) {
    var rejected =
        new Rejected(
            ErrorCode.MALFORMED_REQUEST,
            "This is no HTTP request, or its head is larger than this server takes");
    request
        .response()
        .setStatusCode(rejected.code().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, Problems.CONTENT_TYPE)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .putHeader(RequestTrace.HEADER, RequestTrace.requestId(request))
        .end(Problems.toJson(rejected).toBuffer())
        .onComplete(sent -> request.connection().close());
  }
}
