package dev.orderly.leasing.heartbeats;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Heartbeats as Redis keys that expire, one for each lease: a hash of how many there were and when
 * the last one came. It can be used from any thread.
 */
public final class RedisHeartbeats implements Heartbeats, AutoCloseable {
  /** What all keys begin with. */
  static final String PREFIX = "orderly:";

  private static final String RECORD =
      """
      for i, key in ipairs(KEYS) do
        redis.call('HINCRBY', key, 'beats', 1)
        redis.call('HSET', key, 'at', ARGV[2 * i - 1])
        redis.call('PEXPIRE', key, ARGV[2 * i])
      end
      return #KEYS
      """;

  private static final String TAKE =
      """
      local found = {}
      for i, key in ipairs(KEYS) do
        local tally = redis.call('HMGET', key, 'beats', 'at')
        found[2 * i - 1] = tally[1] or '0'
        found[2 * i] = tally[2] or '0'
        redis.call('DEL', key)
      end
      return found
      """;

  private final RedisLink link;
  private final Counter recorded;
  private final Counter fallbacks;

  private RedisHeartbeats(RedisLink link, MeterRegistry meters) {
    this.link = link;
    this.recorded =
        Counter.builder("orderly_redis_heartbeats")
            .description("Heartbeats that were kept in Redis")
            .register(meters);
    this.fallbacks =
        Counter.builder("orderly_redis_fallbacks")
            .description("Heartbeats that went to the database since Redis could not be used")
            .register(meters);
    Gauge.builder("orderly_redis_up", link, l -> l.up() ? 1 : 0)
        .description("Whether Redis can be used")
        .register(meters);
  }

  /**
   * Done once Redis can be used or the first try to reach it has failed; never fails. Redis is
   * looked for again until this is closed.
   */
  public static Future<RedisHeartbeats> open(
      Vertx vertx, RedisSettings settings, MeterRegistry meters) {
    var link = new RedisLink(vertx, settings);
    var heartbeats = new RedisHeartbeats(link, meters);
    return link.open().map(heartbeats);
  }

  @Override
  public boolean usable() {
    return link.up();
  }

  /** Asks Redis whether it can be used; never fails. */
  public Future<Boolean> answers() {
    return link.check().map(true).otherwise(false);
  }

  @Override
  public Future<Boolean> record(List<Beat> beats) {
    if (beats.isEmpty()) {
      return Future.succeededFuture(true);
    }
    var request = Request.cmd(Command.EVAL).arg(RECORD).arg(beats.size());
    beats.forEach(beat -> request.arg(key(beat.lease())));
    beats.forEach(
        beat -> request.arg(beat.at().toEpochMilli()).arg(Math.max(1, beat.keepFor().toMillis())));
    return link.send(request)
        .map(
            done -> {
              recorded.increment(beats.size());
              return true;
            })
        .otherwise(
            failure -> {
              passedBy(beats.size());
              return false;
            });
  }

  @Override
  public Future<Map<LeaseId, Tally>> take(Collection<LeaseId> leases) {
    if (leases.isEmpty() || !usable()) {
      return Future.succeededFuture(Map.of());
    }
    var asked = List.copyOf(leases);
    var request = Request.cmd(Command.EVAL).arg(TAKE).arg(asked.size());
    asked.forEach(lease -> request.arg(key(lease)));
    return link.send(request).map(found -> tallies(asked, found)).otherwise(Map.of());
  }

  @Override
  public void passedBy(int heartbeats) {
    fallbacks.increment(heartbeats);
  }

  @Override
  public void close() {
    link.close();
  }

  private static Map<LeaseId, Tally> tallies(List<LeaseId> asked, Response found) {
    var tallies = new HashMap<LeaseId, Tally>();
    for (int i = 0; i < asked.size(); i++) {
      int beats = found.get(2 * i).toInteger();
      if (beats > 0) {
        var last = Instant.ofEpochMilli(found.get(2 * i + 1).toLong());
        tallies.put(asked.get(i), new Tally(beats, last));
      }
    }
    return tallies;
  }

  static String key(LeaseId lease) {
    return PREFIX + "lease:" + lease.itemId() + ":" + lease.fence();
  }
}
