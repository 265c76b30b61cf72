package dev.orderly.api;

import dev.orderly.api.rest.contract.Contract;
import dev.orderly.api.ws.OpenSockets;
import dev.orderly.api.ws.SocketSettings;
import dev.orderly.artifacts.ArtifactsVerticle;
import dev.orderly.auth.AuthMessages;
import dev.orderly.auth.AuthMessages.CreateToken;
import dev.orderly.auth.AuthMessages.RevokeToken;
import dev.orderly.auth.AuthVerticle;
import dev.orderly.cluster.Placement;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.storage.Database;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The real HTTP server on the real features and a test database. */
public final class LiveApi implements AutoCloseable {
  public static final String BASE = "/agent/work";

  public final Draining draining = new Draining();
  public final Engine engine;
  public final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final TestDatabase db;
  private final ArtifactsVerticle artifacts;
  private final ApiVerticle verticle;
  private final HttpClient client = HttpClient.newHttpClient();

  /** Deploys everything; it goes with the database's Vert.x instance. */
  public LiveApi(TestDatabase db, ApiSettings settings) {
    this(db, settings, SocketSettings.defaults());
  }

  public LiveApi(TestDatabase db, ApiSettings settings, SocketSettings sockets) {
    this(db, settings, sockets, artifacts(spool(), null));
  }

  public LiveApi(
      TestDatabase db,
      ApiSettings settings,
      SocketSettings sockets,
      ArtifactsVerticle.Settings artifactSettings) {
    this.db = db;
    this.engine = new Engine(db);
    this.artifacts = deployArtifacts(artifactSettings);
    try {
      var admin = Files.createTempDirectory("orderly-live").resolve("admin.token");
      deployAuth(admin);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    verticle =
        new ApiVerticle(
            settings,
            sockets,
            new OpenSockets(sockets, meters),
            TestDatabase.await(Contract.load(db.vertx(), settings.basePath())),
            new Collaborators(
                db.bus(),
                engine.desks(),
                artifacts.artifacts(),
                Placement.alone("test", 1),
                Map::of,
                meters::scrape,
                meters,
                draining,
                InstantSource.system()));
    TestDatabase.await(db.vertx().deployVerticle(verticle));
  }

  /** The usual settings on a free port. */
  public static ApiSettings settings() {
    return new ApiSettings(
        "127.0.0.1",
        0,
        BASE,
        1 << 20,
        60,
        Set.of("propose", "submit", "part", "finalize", "approve", "reject"),
        5,
        5,
        null);
  }

  /**
   * Room for a megabyte in one artifact and three in all, and a second's patience.
   *
   * @param directory for artifacts; null if they go to the database
   */
  public static ArtifactsVerticle.Settings artifacts(Path spool, Path directory) {
    return new ArtifactsVerticle.Settings(
        directory != null, directory, spool, 1 << 20, 3 << 20, 8, 2, 20, 1);
  }

  private static Path spool() {
    try {
      return Files.createTempDirectory("orderly-uploads");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ArtifactsVerticle deployArtifacts(ArtifactsVerticle.Settings settings) {
    var writes =
        Database.connect(
            db.vertx(),
            "artifacts",
            db.address(),
            settings.writesMax(),
            5,
            TestDatabase.searchPath());
    var verticle = new ArtifactsVerticle(settings, db.pool(), db.queries(), writes);
    TestDatabase.await(
        db.vertx()
            .deployVerticle(
                verticle,
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    return verticle;
  }

  private void deployAuth(Path adminToken) {
    TestDatabase.await(
        db.vertx()
            .deployVerticle(
                new AuthVerticle(db.pool(), db.bus(), adminToken, 24),
                new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
  }

  public int port() {
    return verticle.port();
  }

  /** A token made for a test. */
  public record Made(UUID id, String secret) {}

  /** A token that may do all that agents do, as the agent of its name and as {@code crew-*}. */
  public String agent(String name) {
    return token(Engine.TENANT, name, List.of("work.checkout", "work.submit", "work.view"), null)
        .secret();
  }

  public Made token(String tenant, String name, List<String> scopes, Instant expiresAt) {
    var caller =
        new Caller(tenant, new Actor(Actor.Kind.SYSTEM, "test"), "test", "request-of-test");
    var made =
        TestDatabase.await(
            db.bus()
                .call(
                    AuthMessages.CREATE_TOKEN,
                    new CreateToken(
                        caller, name, "agent", scopes, List.of(name, "crew-*"), expiresAt, null)));
    return new Made(UUID.fromString(made.token().getString("id")), made.secret());
  }

  public void revoke(Made token) {
    var caller = Engine.caller("test");
    TestDatabase.await(
        db.bus().call(AuthMessages.REVOKE_TOKEN, new RevokeToken(caller, token.id())));
  }

  public HttpResponse<String> get(String token, String path) {
    return send(request(token, path).GET());
  }

  public HttpResponse<String> post(
      String token, String path, JsonObject body, String... headersAndValues) {
    var request =
        request(token, path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.encode()));
    if (headersAndValues.length > 0) {
      request.headers(headersAndValues);
    }
    return send(request);
  }

  private HttpRequest.Builder request(String token, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + BASE + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + token);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public static JsonObject json(HttpResponse<String> response) {
    return new JsonObject(response.body());
  }

  /** Stops the server as a node does; the features go on. */
  public void stop() {
    draining.begin();
    TestDatabase.await(db.vertx().undeploy(verticle.deploymentID()));
  }

  @Override
  public void close() {
    client.close();
  }
}
