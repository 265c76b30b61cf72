package dev.orderly.leasing.desk;

import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.LeaseMessages.Watch;
import dev.orderly.leasing.ending.ExpireLeases;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes up when the next lease of each watched queue lapses. It knows only when to look, at the
 * latest; what has lapsed, and when to look next, the database says. For one Vert.x context.
 */
final class ExpiryClock {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiryClock.class);
  private static final long RETRY_MILLIS = 1_000;

  /** For a lease that has lapsed and whose row is locked by somebody. */
  private static final long LOCKED_MILLIS = 100;

  /** A queue's timer, and when it goes off by this node's monotonic clock. */
  private record Alarm(long timer, long atNanos) {}

  private final Vertx vertx;
  private final ExpireLeases expire;
  private final Map<Queue, Alarm> alarms = new HashMap<>();
  private boolean stopped;

  ExpiryClock(Vertx vertx, ExpireLeases expire) {
    this.vertx = vertx;
    this.expire = expire;
  }

  /** Looks again no later than the leases that were just given can lapse. */
  void watch(Watch watch) {
    lookIn(watch.queue(), watch.withinMillis());
  }

  private void lookIn(Queue queue, long millis) {
    long at = System.nanoTime() + millis * 1_000_000;
    var alarm = alarms.get(queue);
    if (stopped || (alarm != null && alarm.atNanos() <= at)) {
      return;
    }
    if (alarm != null) {
      vertx.cancelTimer(alarm.timer());
    }
    long timer = vertx.setTimer(Math.max(1, millis), fired -> look(queue));
    alarms.put(queue, new Alarm(timer, at));
  }

  void stop() {
    stopped = true;
    alarms.values().forEach(alarm -> vertx.cancelTimer(alarm.timer()));
    alarms.clear();
  }

  private void look(Queue queue) {
    alarms.remove(queue);
    expire
        .of(queue)
        .compose(
            ended -> {
              if (!ended.isEmpty()) {
                LOG.atInfo()
                    .addKeyValue("type", queue.type())
                    .log("Took back {} lapsed leases", ended.size());
              }
              long atLeast = ended.isEmpty() ? LOCKED_MILLIS : 1;
              return expire
                  .next(queue)
                  .map(millis -> millis == null ? null : Long.valueOf(Math.max(atLeast, millis)));
            })
        .onComplete(
            millis -> {
              if (millis != null) {
                lookIn(queue, millis);
              }
            },
            failure -> {
              LOG.atWarn()
                  .addKeyValue("type", queue.type())
                  .log("Lapsed leases could not be taken back: {}", failure.getMessage());
              lookIn(queue, RETRY_MILLIS);
            });
  }
}
