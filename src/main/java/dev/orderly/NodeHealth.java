package dev.orderly;

import dev.orderly.api.HealthChecks;
import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.Map;
import java.util.function.Supplier;

/** What a node needs in order to serve. */
final class NodeHealth implements HealthChecks {
  private static final Health WITHOUT_REDIS =
      Health.degraded("It cannot be used, see the log; heartbeats are written to the database");

  private final Pool pool;
  private final RedisHeartbeats redis;

  /**
   * @param redis null if the node has none
   */
  NodeHealth(Pool pool, RedisHeartbeats redis) {
    this.pool = pool;
    this.redis = redis;
  }

  @Override
  public Map<String, Supplier<Future<Health>>> checks() {
    return redis == null
        ? Map.of("database", this::database)
        : Map.of("database", this::database, "redis", this::redis);
  }

  private Future<Health> redis() {
    return redis.answers().map(yes -> yes ? new Health(true, null) : WITHOUT_REDIS);
  }

  private Future<Health> database() {
    return pool.query("select 1").execute().map(rows -> new Health(true, null));
  }
}
