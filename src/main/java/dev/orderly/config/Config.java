package dev.orderly.config;

import java.util.Map;

/**
 * Everything that an operator can set, checked.
 *
 * @param datasources by the name that order types use; immutable
 * @param secrets by the name that order types use; immutable
 */
public record Config(
    @Section(about = "The HTTP server.") ApiConfig api,
    @Section(about = "Agents' WebSockets.") WebsocketConfig websocket,
    @Section(about = "The database that holds everything.") StorageConfig storage,
    @Section(about = "Nodes that share one database.") ClusterConfig cluster,
    @Section(about = "The desks that lease items to agents.") LeasingConfig leasing,
    @Section(about = "The Redis server of leasing.backend redis; nothing in it needs to last.")
        RedisConfig redis,
    @Section(
            about =
                "How much agents may have, in each tenant and on all nodes together. Every node of a"
                    + " cluster must have the same. Limits for order types stand in their files.")
        LimitsConfig limits,
    @Section(about = "Proposing, submitting, reviewing, queries.") StateConfig state,
    @Section(
            about =
                "What items' parts may be at most, whatever their types say. Every node of a cluster"
                    + " must have the same.")
        PartsConfig parts,
    @Section(about = "Applying approved orders.") ApplyConfig apply,
    @Section(about = "Files that are uploaded as evidence.") ArtifactsConfig artifacts,
    @Section(about = "Idempotency keys.") IdempotencyConfig idempotency,
    @Section(about = "Tokens.") AuthConfig auth,
    @Section(about = "Where order types come from.") TypesConfig types,
    @Section(about = "Duties that one node at a time does for all.") MaintenanceConfig maintenance,
    @Section(about = "Metrics.") MetricsConfig metrics,
    @Section(about = "Logs, on standard output.") LogConfig log,
    @Section(
            about =
                "Other PostgreSQL databases that order types may write to, by name. The name"
                    + " orderly is Orderly's own database and cannot be given here.")
        Map<String, DatasourceConfig> datasources,
    @Section(about = "Secrets that order types may use, by name, such as those that sign webhooks.")
        Map<String, Secret> secrets) {

  /** Connections that applying leaves to claims and to maintenance. */
  private static final int NOT_FOR_APPLY = 2;

  public Config {
    int parallelMax = storage.backgroundPoolSize() - NOT_FOR_APPLY;
    if (apply.parallelMax() > parallelMax) {
      throw new InvalidKeyException(
          "apply.parallel_max",
          "storage.background_pool_size",
          "at most %d less than storage.background_pool_size, which is %d"
              .formatted(NOT_FOR_APPLY, storage.backgroundPoolSize()));
    }
    if (leasing.withRedis() && redis.url() == null) {
      throw new InvalidKeyException(
          "redis.url", "leasing.backend", "given when leasing.backend is redis");
    }
    datasources = Map.copyOf(datasources);
    secrets = Map.copyOf(secrets);
  }
}
