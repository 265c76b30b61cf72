package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.redis.client.Command;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Heartbeats that need no write are kept in Redis. */
class RedisConformanceTest extends LeaseConformance {
  private final TestRedis redis = new TestRedis();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private RedisHeartbeats backend;

  @Override
  Heartbeats heartbeats() {
    backend = redis.start().heartbeats(db.vertx(), meters);
    return backend;
  }

  @AfterAll
  void stopRedis() {
    backend.close();
    redis.close();
  }

  @Test
  void writesNothingToTheDatabaseWhileALeaseLasts() {
    var item = leased("light");
    engine.heartbeat(item);
    var version = version(item);

    var again = engine.heartbeat(item);

    assertThat(version(item)).isEqualTo(version);
    assertThat(again.expiresAt()).isEqualTo(expiry(item.id()));
    var key = "orderly:lease:" + item.id() + ":1";
    assertThat(redis.ask(db.vertx(), Command.HGET, key, "beats").toInteger()).isEqualTo(1);
    assertThat(redis.ask(db.vertx(), Command.PTTL, key).toLong()).isBetween(600_000L, 1_200_000L);
    left(item.id(), 299);
    engine.heartbeat(item);
    assertThat(version(item)).isNotEqualTo(version);
    assertThat(redis.ask(db.vertx(), Command.EXISTS, key).toInteger()).isZero();
  }

  @Test
  void neverNeededTheDatabaseInsteadOfRedis() {
    worked("metered");

    assertThat(meters.get("orderly_redis_heartbeats").counter().count()).isPositive();
    assertThat(meters.get("orderly_redis_fallbacks").counter().count()).isZero();
    assertThat(meters.get("orderly_redis_up").gauge().value()).isEqualTo(1);
  }

  /** Changes with every write of the row, and with every lock on it. */
  private String version(LeasedItem item) {
    return db.value(
        "select ctid::text || ' ' || xmax::text from work_items where id = $1", item.id());
  }
}
