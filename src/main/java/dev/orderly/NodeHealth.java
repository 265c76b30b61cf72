package dev.orderly;

import dev.orderly.api.HealthChecks;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.Map;
import java.util.function.Supplier;

/** What a node needs in order to serve. */
final class NodeHealth implements HealthChecks {
  private final Pool pool;

  NodeHealth(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Map<String, Supplier<Future<Health>>> checks() {
    return Map.of("database", this::database);
  }

  private Future<Health> database() {
    return pool.query("select 1").execute().map(rows -> new Health(true, null));
  }
}
