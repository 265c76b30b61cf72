package dev.orderly.api.rest;

import dev.orderly.api.Collaborators;
import dev.orderly.api.Draining;
import dev.orderly.api.HealthChecks;
import dev.orderly.api.HealthChecks.Health;
import dev.orderly.api.rest.handling.Call;
import dev.orderly.api.rest.handling.Endpoint;
import dev.orderly.api.rest.handling.Reply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The index, health and metrics. */
final class SystemRoutes {
  private static final long CHECK_TIMEOUT_SECONDS = 2;

  private final Vertx vertx;
  private final HealthChecks health;
  private final Supplier<String> metrics;
  private final Draining draining;
  private final String basePath;

  SystemRoutes(Vertx vertx, Collaborators with, String basePath) {
    this.vertx = vertx;
    this.health = with.health();
    this.metrics = with.metrics();
    this.draining = with.draining();
    this.basePath = basePath;
  }

  Map<String, Endpoint> endpoints() {
    return Map.of(
        "index", this::index,
        "healthLive", call -> Future.succeededFuture(Reply.json(200, status("up"))),
        "healthReady", call -> health(false),
        "health", call -> health(true),
        "metrics", this::metrics);
  }

  private Future<Reply> index(Call call) {
    var version = SystemRoutes.class.getPackage().getImplementationVersion();
    var links =
        new JsonObject()
            .put("api", basePath)
            .put("docs", "/docs")
            .put("openapi", "/openapi.yaml")
            .put("health", "/health")
            .put("metrics", "/metrics");
    return Future.succeededFuture(
        Reply.json(
            200,
            new JsonObject()
                .put("name", "orderly")
                .put("version", version == null ? "development" : version)
                .put("links", links)));
  }

  /** Metrics are collected off the event loop; gauges may take a moment. */
  private Future<Reply> metrics(Call call) {
    return vertx
        .executeBlocking(metrics::get)
        .map(text -> Reply.text("text/plain; version=0.0.4; charset=utf-8", Buffer.buffer(text)));
  }

  private Future<Reply> health(boolean detailed) {
    var results = new LinkedHashMap<String, Future<Health>>();
    health.checks().forEach((name, check) -> results.put(name, run(check)));
    return Future.join(new ArrayList<>(results.values()))
        .map(
            all -> {
              var parts = results.values().stream().map(Future::result).toList();
              boolean up = parts.stream().allMatch(Health::up);
              var status = draining.announced() ? "draining" : up ? served(parts) : "down";
              var body = status(status);
              if (detailed) {
                body.put("checks", checks(results));
              }
              return Reply.json(up && !draining.announced() ? 200 : 503, body);
            });
  }

  /** A node that does without one of its parts is as ready as any. */
  private static String served(List<Health> parts) {
    return parts.stream().anyMatch(Health::degraded) ? "degraded" : "up";
  }

  private static Future<Health> run(Supplier<Future<Health>> check) {
    Future<Health> result;
    try {
      result = check.get();
    } catch (RuntimeException e) {
      result = Future.failedFuture(e);
    }
    return result
        .timeout(CHECK_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .otherwise(new Health(false, "The check failed or took too long"));
  }

  private static JsonObject checks(Map<String, Future<Health>> results) {
    var checks = new JsonObject();
    results.forEach(
        (name, result) ->
            checks.put(
                name, status(result.result().status()).put("detail", result.result().detail())));
    return checks;
  }

  private static JsonObject status(String status) {
    return new JsonObject().put("status", status);
  }
}
