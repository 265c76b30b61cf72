package dev.orderly.leasing.heartbeats;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection to Redis, on which requests follow each other without waiting. The first
 * request that fails or takes too long cuts it: until it has been made anew, requests fail at once.
 */
final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  /** For finding the host, connecting and logging in. */
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(1);

  /** Also tells a server that can only be read from one that can be used. */
  private static final Request TRIAL =
      Request.cmd(Command.SET, RedisHeartbeats.PREFIX + "trial", "1", "PX", "1000");

  private static final int WAITING_MAX = 16_384;

  private final Vertx vertx;
  private final Context context;
  private final RedisSettings settings;
  private final RedisOptions options;
  private volatile Wire wire;

  /** Why there is no connection; null before the first try and while there is one. */
  private String trouble;

  private boolean closed;

  /** A client per connection: closing it is the one way to cut a connection that hangs. */
  private record Wire(Redis client, RedisConnection connection) {}

  RedisLink(Vertx vertx, RedisSettings settings) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.settings = settings;
    var net =
        new NetClientOptions()
            .setTcpNoDelay(true)
            .setConnectTimeout((int) CONNECT_LIMIT.toMillis())
            .setSsl(settings.tls());
    if (settings.tls()) {
      net.setHostnameVerificationAlgorithm("HTTPS");
      if (settings.authorities() != null) {
        net.setTrustOptions(new PemTrustOptions().addCertPath(settings.authorities().toString()));
      }
    }
    this.options =
        new RedisOptions()
            .setConnectionString(settings.url())
            .setUser(settings.user())
            .setPassword(settings.password())
            .setNetClientOptions(net)
            .setMaxPoolSize(1)
            .setPoolCleanerInterval(-1)
            .setMaxWaitingHandlers(WAITING_MAX);
  }

  boolean up() {
    return wire != null;
  }

  /** Connects; if that fails, again and again until it is closed. Never fails. */
  Future<Void> open() {
    var client = Redis.createClient(vertx, options);
    return client
        .connect()
        .compose(connection -> connection.send(TRIAL).map(new Wire(client, connection)))
        .timeout(CONNECT_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .transform(
            done -> {
              if (done.succeeded()) {
                use(done.result());
              } else {
                client.close();
                retry(done.cause());
              }
              return Future.succeededFuture();
            });
  }

  /** Fails at once while there is no connection, and after the time limit at the latest. */
  Future<Response> send(Request request) {
    var used = wire;
    if (used == null) {
      return Future.failedFuture("There is no connection to Redis");
    }
    return used.connection()
        .send(request)
        .timeout(settings.limit().toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(failure -> cut(used, failure));
  }

  /** Finds out whether it works, also when nothing has been sent for long. */
  Future<Void> check() {
    return send(TRIAL).mapEmpty();
  }

  private void use(Wire made) {
    made.connection().endHandler(end -> cut(made, new IllegalStateException("it hung up")));
    made.connection().exceptionHandler(failure -> cut(made, failure));
    synchronized (this) {
      if (!closed) {
        wire = made;
        trouble = null;
      }
    }
    if (wire == made) {
      LOG.info("Heartbeats are kept in Redis, {}", settings.url());
    } else {
      made.client().close();
    }
  }

  private void cut(Wire used, Throwable failure) {
    synchronized (this) {
      if (wire != used) {
        return;
      }
      wire = null;
    }
    // Not under the lock: it calls back.
    used.client().close();
    retry(failure);
  }

  private void retry(Throwable failure) {
    var reason = explain(failure);
    synchronized (this) {
      if (closed) {
        return;
      }
      if (!reason.equals(trouble)) {
        trouble = reason;
        LOG.warn(
            "Redis, {}, cannot be used: {}. Heartbeats are written to the database until it can",
            settings.url(),
            reason);
      }
    }
    context.runOnContext(
        now -> vertx.setTimer(Math.max(1, settings.pause().toMillis()), fired -> openAgain()));
  }

  private void openAgain() {
    if (!isClosed()) {
      open();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  void close() {
    Wire used;
    synchronized (this) {
      closed = true;
      used = wire;
      wire = null;
    }
    if (used != null) {
      used.client().close();
    }
  }

  /** In one line, without a full stop; with what lies behind a failed handshake. */
  private static String explain(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return "it does not answer in time";
    }
    var root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    var said = text(failure) + (root == failure ? "" : ": " + text(root));
    return said.lines().findFirst().orElseThrow().replaceAll("[.\\s]+$", "");
  }

  private static String text(Throwable failure) {
    var message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
