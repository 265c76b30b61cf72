package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.heartbeats.RedisHeartbeats;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.Engine;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestRedis;
import dev.orderly.testing.TestType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Redis goes away while leases live, and comes back. */
class RedisLossTest {
  private final TestDatabase db = new TestDatabase();
  private final TestRedis redis = new TestRedis();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private RedisHeartbeats heartbeats;
  private Engine engine;

  @BeforeEach
  void start() {
    db.open();
    redis.start();
  }

  @AfterEach
  void stop() {
    heartbeats.close();
    redis.close();
    db.close();
  }

  /**
   * @param limit how long Redis may take
   */
  private void engine(Duration limit) {
    heartbeats =
        TestDatabase.await(RedisHeartbeats.open(db.vertx(), redis.settings(null, limit), meters));
    engine = new Engine(db, heartbeats, Engine.BUNDLE_MIN);
  }

  private List<LeasedItem> worked(int items) {
    engine.type(new TestType("work"));
    var order = engine.propose("work", items);
    var leased = IntStream.range(0, items).mapToObj(i -> engine.checkout("a", order)).toList();
    leased.forEach(engine::heartbeat);
    return leased;
  }

  private Instant expiry(LeasedItem item) {
    return db.<OffsetDateTime>value(
            "select lease_expires_at from work_items_now where id = $1", item.id())
        .toInstant();
  }

  private int written(LeasedItem item) {
    return db.<Integer>value("select heartbeats from work_items_now where id = $1", item.id());
  }

  private int counted(LeasedItem item) {
    var beats = redis.ask(db.vertx(), Command.HGET, "orderly:lease:" + item.id() + ":1", "beats");
    return beats == null ? 0 : beats.toInteger();
  }

  private double fallbacks() {
    return meters.get("orderly_redis_fallbacks").counter().count();
  }

  private void awaitUsable(boolean expected) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (heartbeats.usable() != expected) {
      assertThat(System.nanoTime()).as("Redis never became usable: " + expected).isLessThan(end);
      Thread.yield();
    }
  }

  @Test
  void goesOnWithTheDatabaseOnceRedisIsKilledAndUsesItAgainOnceItIsBackEmpty() {
    engine(Duration.ofSeconds(10));
    var item = worked(1).getFirst();
    engine.heartbeat(item);
    assertThat(counted(item)).isEqualTo(1);
    var promised = expiry(item);

    redis.stop();
    var extended = engine.heartbeat(item);

    assertThat(extended.expiresAt()).isEqualTo(expiry(item)).isAfter(promised);
    assertThat(written(item)).isEqualTo(2);
    assertThat(fallbacks()).isEqualTo(1);
    awaitUsable(false);
    engine.heartbeat(item);
    assertThat(written(item)).isEqualTo(3);
    assertThat(meters.get("orderly_redis_up").gauge().value()).isZero();

    redis.start();
    awaitUsable(true);
    var again = engine.heartbeat(item);
    assertThat(again.expiresAt()).isEqualTo(expiry(item));
    assertThat(written(item)).isEqualTo(3);
    assertThat(counted(item)).isEqualTo(1);
  }

  @Test
  void goesOnWithTheDatabaseWhileRedisHangs() {
    engine(Duration.ofMillis(50));
    var items = worked(20);

    redis.freeze();
    var sent = items.stream().map(engine::heartbeatLater).toList();
    TestDatabase.await(Future.all(sent));

    for (int i = 0; i < items.size(); i++) {
      assertThat(sent.get(i).result().expiresAt()).isEqualTo(expiry(items.get(i)));
      assertThat(written(items.get(i))).isEqualTo(2);
    }
    assertThat(fallbacks()).isGreaterThanOrEqualTo(20);
    assertThat(heartbeats.usable()).isFalse();
    assertThat(TestDatabase.await(heartbeats.answers())).isFalse();
    redis.thaw();
    awaitUsable(true);
    assertThat(TestDatabase.await(heartbeats.answers())).isTrue();
  }

  @Test
  void keepsEveryPromiseThatWasMadeBeforeRedisLostItsKeys() {
    engine(Duration.ofSeconds(10));
    var item = worked(1).getFirst();
    var promised = engine.heartbeat(item).expiresAt();

    redis.ask(db.vertx(), Command.FLUSHALL);

    assertThat(expiry(item)).isEqualTo(promised);
    assertThat(engine.heartbeat(item).expiresAt()).isAfterOrEqualTo(promised);
    assertThat(engine.submit(item).status()).isEqualTo(202);
  }

  /** As after a fail-over to a replica that had not heard of the end. */
  @Test
  void believesNoKeyOfALeaseThatHasEnded() {
    engine(Duration.ofSeconds(10));
    var old = worked(1).getFirst();
    engine.heartbeat(old);
    engine.release(old);
    var next = engine.checkout("b", old.orderId());
    assertThat(counted(old)).isEqualTo(1);

    assertThat(Engine.refusal(() -> engine.heartbeat(old)).code()).isEqualTo(ErrorCode.STALE_FENCE);
    assertThat(engine.heartbeat(next).expiresAt()).isEqualTo(expiry(next));
    assertThat(counted(old)).isEqualTo(1);
  }

  @Test
  void doesNotUseAServerThatTakesNoWrites() {
    engine(Duration.ofSeconds(10));
    var item = worked(1).getFirst();
    redis.ask(db.vertx(), Command.CONFIG, "SET", "min-replicas-to-write", "1");

    assertThat(engine.heartbeat(item).expiresAt()).isEqualTo(expiry(item));

    assertThat(written(item)).isEqualTo(2);
    awaitUsable(false);
    redis.ask(db.vertx(), Command.CONFIG, "SET", "min-replicas-to-write", "0");
    awaitUsable(true);
  }

  @Test
  void losesNoneOfManyHeartbeatsWhileRedisComesAndGoes() {
    engine(Duration.ofMillis(50));
    var items = worked(50);
    for (int round = 0; round < 6; round++) {
      var sent = new ArrayList<Future<Extended>>();
      for (int i = 0; i < 10; i++) {
        items.forEach(item -> sent.add(engine.heartbeatLater(item)));
      }
      switch (round) {
        case 1 -> redis.stop();
        case 2 -> redis.start();
        case 3 -> {
          awaitUsable(true);
          redis.freeze();
        }
        case 4 -> redis.thaw();
        default -> {}
      }

      TestDatabase.await(Future.all(sent));

      for (int i = 0; i < sent.size(); i++) {
        assertThat(sent.get(i).result().expiresAt())
            .isBeforeOrEqualTo(expiry(items.get(i % items.size())));
      }
    }
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where order_id = $1 and fence = 1 and state = 'in_progress'",
                items.getFirst().orderId()))
        .isEqualTo(50);
  }
}
