package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import dev.orderly.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Heartbeats ought to be kept in a Redis that is not there. */
class RedisGoneConformanceTest extends LeaseConformance {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private RedisHeartbeats backend;

  @Override
  Heartbeats heartbeats() {
    backend = new TestRedis().heartbeats(db.vertx(), meters);
    return backend;
  }

  @AfterAll
  void stopLooking() {
    backend.close();
  }

  @Test
  void countsWhatItMissed() {
    worked("missed");

    assertThat(meters.get("orderly_redis_fallbacks").counter().count()).isPositive();
    assertThat(meters.get("orderly_redis_heartbeats").counter().count()).isZero();
    assertThat(meters.get("orderly_redis_up").gauge().value()).isZero();
  }
}
