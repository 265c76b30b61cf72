package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;

/** Redis is killed, comes back empty, hangs and goes on, over and over while leases are at work. */
class RedisComesAndGoesConformanceTest extends LeaseConformance {
  private final TestRedis redis = new TestRedis();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private RedisHeartbeats backend;
  private Thread trouble;
  private int rounds;
  private volatile boolean over;

  @Override
  Heartbeats heartbeats() {
    redis.start();
    backend =
        TestDatabase.await(
            RedisHeartbeats.open(db.vertx(), redis.settings(null, Duration.ofMillis(50)), meters));
    trouble = Thread.ofPlatform().start(this::makeTrouble);
    return backend;
  }

  @Override
  boolean forgets() {
    return true;
  }

  private void makeTrouble() {
    while (!over) {
      awaitUsable(true);
      redis.freeze();
      awaitUsable(false);
      redis.thaw();
      awaitUsable(true);
      redis.stop();
      awaitUsable(false);
      redis.start();
      rounds++;
    }
  }

  private void awaitUsable(boolean expected) {
    while (backend.usable() != expected && !over) {
      // A server that hangs shows only when it is asked.
      TestDatabase.await(backend.answers());
      Thread.yield();
    }
  }

  @AfterAll
  void endTrouble() throws InterruptedException {
    over = true;
    trouble.join();
    assertThat(rounds).isPositive();
    // It is there again, and may be slow to answer now and then.
    over = false;
    awaitUsable(true);
    var item = worked("after.trouble");
    for (int i = 0; i < 1000 && count("orderly_redis_heartbeats") == 0; i++) {
      engine.heartbeat(item);
    }
    redis.stop();
    awaitUsable(false);
    engine.heartbeat(item);
    backend.close();
    redis.close();
    assertThat(count("orderly_redis_heartbeats")).isPositive();
    assertThat(count("orderly_redis_fallbacks")).isPositive();
  }

  private double count(String counter) {
    return meters.get(counter).counter().count();
  }
}
