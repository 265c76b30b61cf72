package dev.orderly.api.rest;

import dev.orderly.api.ApiSettings;
import dev.orderly.api.ApiVerticle;
import dev.orderly.api.Collaborators;
import dev.orderly.api.Draining;
import dev.orderly.api.HealthChecks;
import dev.orderly.api.rest.contract.Contract;
import dev.orderly.api.ws.OpenSockets;
import dev.orderly.api.ws.SocketSettings;
import dev.orderly.auth.AuthMessages;
import dev.orderly.auth.AuthMessages.Authenticated;
import dev.orderly.auth.AuthMessages.Revoked;
import dev.orderly.auth.AuthMessages.Token;
import dev.orderly.auth.AuthMessages.Tokens;
import dev.orderly.auth.Principal;
import dev.orderly.auth.Scope;
import dev.orderly.bus.Address;
import dev.orderly.bus.Bus;
import dev.orderly.cluster.Placement;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Sha256;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Found;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.review.ReviewMessages;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** The real HTTP server; the bus addresses behind it are served by small handlers of the test. */
final class ApiFixture implements AutoCloseable {
  static final String BASE = "/agent/work";
  static final UUID ID = UUID.fromString("0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10");

  final Vertx vertx = Vertx.vertx();
  final Draining draining = new Draining();
  final Map<String, Supplier<Future<HealthChecks.Health>>> health = new ConcurrentHashMap<>();
  final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  /** Every message that reached the bus or a desk, in order. */
  final BlockingQueue<Object> messages = new LinkedBlockingQueue<>();

  final BlockingQueue<String> authentications = new LinkedBlockingQueue<>();
  final FakeDesks desks = new FakeDesks(messages);
  final Contract contract;
  final Bus bus;
  volatile Instant now = Instant.parse("2026-01-01T12:00:00Z");
  volatile Function<Object, Future<Answer>> answers = message -> Future.succeededFuture(ok());

  private final Map<String, Principal> principals = new ConcurrentHashMap<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private final ApiVerticle verticle;

  ApiFixture() {
    this(ApiSettings.defaults());
  }

  ApiFixture(ApiSettings defaults) {
    var settings =
        new ApiSettings(
            defaults.host(),
            0,
            defaults.basePath(),
            defaults.maxBodyBytes(),
            defaults.idleTimeoutSeconds(),
            defaults.enforceOn(),
            defaults.authCacheSeconds(),
            defaults.graceSeconds(),
            defaults.tls());
    Bus.install(vertx);
    bus = new Bus(vertx, Duration.ofSeconds(5));
    serve();
    contract = await(Contract.load(vertx, settings.basePath()));
    verticle =
        new ApiVerticle(
            settings,
            SocketSettings.defaults(),
            new OpenSockets(SocketSettings.defaults(), meters),
            contract,
            new Collaborators(
                bus,
                desks,
                new NoArtifacts(),
                Placement.alone("test", 1),
                () -> Map.copyOf(health),
                meters::scrape,
                meters,
                draining,
                () -> now));
    await(vertx.deployVerticle(verticle));
    grant("admin", EnumSet.of(Scope.ADMIN), List.of("bot", "crew-*"));
  }

  private void serve() {
    bus.serve(
        AuthMessages.AUTHENTICATE,
        request -> {
          authentications.add(request.tokenHash());
          return Future.succeededFuture(new Authenticated(principals.get(request.tokenHash())));
        });
    for (var address :
        List.of(
            StateMessages.PROPOSE,
            StateMessages.SUBMIT,
            StateMessages.APPROVE,
            StateMessages.REJECT,
            StateMessages.CANCEL,
            StateMessages.RETRY_ORDER,
            StateMessages.RETRY_ITEM,
            ReviewMessages.APPROVE_ITEM,
            ReviewMessages.REJECT_ITEM,
            ReviewMessages.ADD_COMMENT)) {
      command(address);
    }
    for (var address :
        List.of(StateMessages.SHOW_ORDER, StateMessages.SHOW_ITEM, StateMessages.SHOW_TYPE)) {
      note(address, new Found(new JsonObject().put("found", true)));
    }
    for (var address :
        List.of(
            StateMessages.LIST_ORDERS,
            StateMessages.LOGS,
            StateMessages.LIST_TYPES,
            ReviewMessages.LIST_COMMENTS)) {
      note(address, new Page(new JsonObject().put("data", new JsonArray())));
    }
    bus.serve(
        AuthMessages.CREATE_TOKEN,
        message -> {
          messages.add(message);
          boolean again = again(message.idempotency());
          var token = new JsonObject().put("name", "n");
          return Future.succeededFuture(new Token(token, again ? null : "s3cret", again));
        });
    note(AuthMessages.LIST_TOKENS, new Tokens(List.of(new JsonObject().put("name", "n"))));
    note(AuthMessages.REVOKE_TOKEN, new Revoked(ID));
  }

  private <Q> void command(Address<Q, Answer> address) {
    bus.serve(
        address,
        message -> {
          messages.add(message);
          return answers.apply(message);
        });
  }

  private <Q, R> void note(Address<Q, R> address, R reply) {
    bus.serve(
        address,
        message -> {
          messages.add(message);
          return Future.succeededFuture(reply);
        });
  }

  /** True for the key whose requests the fixture takes for replays. */
  static boolean again(IdempotencyKey key) {
    return key != null && key.key().equals("again");
  }

  static Answer ok() {
    var order = new JsonObject().put("id", ID.toString()).put("state", "queued");
    return Answer.of(200, new JsonObject().put("order", order));
  }

  /** Makes a token valid whose secret and name are given. */
  Principal grant(String secret, Set<Scope> scopes, List<String> agents) {
    return grant(secret, scopes, agents, null);
  }

  Principal grant(String secret, Set<Scope> scopes, List<String> agents, Instant expiresAt) {
    var actor = new Actor(Actor.Kind.USER, secret);
    var principal = new Principal(UUID.randomUUID(), "main", actor, scopes, agents, expiresAt);
    principals.put(hash(secret), principal);
    return principal;
  }

  void revoke(String secret) {
    principals.remove(hash(secret));
  }

  static String hash(String secret) {
    return Sha256.hex(secret.getBytes(StandardCharsets.UTF_8));
  }

  int port() {
    return verticle.port();
  }

  /** The next message behind the API; fails if there is none. */
  <T> T message(Class<T> type) {
    return type.cast(messages.remove());
  }

  /** A request as the admin, with an idempotency key. */
  HttpResponse<String> post(String path, String body) {
    return send(request("POST", BASE + path, body).header("Idempotency-Key", "k1"));
  }

  HttpResponse<String> get(String path) {
    return send(request("GET", BASE + path, null));
  }

  /** As the admin; JSON if there is a body. */
  HttpRequest.Builder request(String method, String path, String body) {
    var request = bare(method, path, body).header("Authorization", "Bearer admin");
    return body == null ? request : request.header("Content-Type", "application/json");
  }

  /** Without any header. */
  HttpRequest.Builder bare(String method, String path, String body) {
    var publisher =
        body == null
            ? BodyPublishers.noBody()
            : BodyPublishers.ofByteArray(body.getBytes(StandardCharsets.UTF_8));
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(Duration.ofSeconds(20))
        .method(method, publisher);
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static JsonObject json(HttpResponse<String> response) {
    return new JsonObject(response.body());
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  Future<Void> stop() {
    return vertx.undeploy(verticle.deploymentID());
  }

  @Override
  public void close() {
    client.close();
    await(vertx.close());
  }
}
