package dev.orderly.maintenance;

import dev.orderly.bus.Tasks;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the cluster's duties, each by one node at a time and none held up by another: a long run of
 * one does not delay the rest. All locks are held by one connection, so that two are enough for any
 * number of duties. A duty that fails is logged and tried again when it is next due. Deploy one
 * instance, on virtual threads.
 */
public final class MaintenanceVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceVerticle.class);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  /**
   * @param every how long to wait after the duty ran on this node, or was found running on another
   */
  public record Scheduled(Duty duty, Duration every) {
    public Scheduled {
      if (every.toMillis() < 1) {
        throw new IllegalArgumentException(duty.name() + " must have a positive period");
      }
    }
  }

  private final OneNode oneNode;
  private final Map<String, Scheduled> duties = new HashMap<>();
  private final Map<String, Long> timers = new HashMap<>();
  private final Set<Future<?>> running = new HashSet<>();
  private final Map<String, Future<?>> last = new HashMap<>();
  private boolean stopped;

  /**
   * @param pool one connection is held while duties run, beside those of the duties themselves
   * @throws IllegalArgumentException if two duties have one name
   */
  public MaintenanceVerticle(Pool pool, List<Scheduled> duties) {
    this.oneNode = new OneNode(pool);
    for (var scheduled : duties) {
      if (this.duties.put(scheduled.duty().name(), scheduled) != null) {
        throw new IllegalArgumentException("two duties called " + scheduled.duty().name());
      }
    }
  }

  /** Every duty is first due at once: it may have been missed while no node ran. */
  @Override
  public Future<?> start() {
    duties.values().forEach(scheduled -> runIn(scheduled, 1));
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    timers.values().forEach(vertx::cancelTimer);
    return Future.join(List.copyOf(running))
        .timeout(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)
        .otherwiseEmpty();
  }

  /**
   * Runs a duty, whether it is due or not, once its runs that this node began before are done.
   *
   * @return how many things it handled; empty if another node is at it, or this one stops
   */
  public Future<OptionalLong> runNow(String name) {
    var duty = duties.get(name).duty();
    return Tasks.run(context, () -> inTurn(duty)).compose(Function.identity());
  }

  /** On the context, so that no two calls take the same turn. */
  private Future<OptionalLong> inTurn(Duty duty) {
    var before = last.getOrDefault(duty.name(), Future.succeededFuture());
    var turn = before.transform(done -> Tasks.run(context, () -> once(duty)));
    last.put(duty.name(), turn);
    return turn;
  }

  private OptionalLong once(Duty duty) {
    return stopped ? OptionalLong.empty() : oneNode.run(duty.name(), duty::run);
  }

  private void runIn(Scheduled scheduled, long millis) {
    if (!stopped) {
      timers.put(scheduled.duty().name(), vertx.setTimer(millis, due -> run(scheduled)));
    }
  }

  private void run(Scheduled scheduled) {
    var name = scheduled.duty().name();
    var task = runNow(name);
    running.add(task);
    task.onComplete(
        done -> {
          running.remove(task);
          if (done.failed()) {
            LOG.atWarn()
                .addKeyValue("duty", name)
                .setCause(done.cause())
                .log("A maintenance duty failed; it is tried again later");
          } else if (done.result().isPresent() && done.result().getAsLong() > 0) {
            LOG.atInfo()
                .addKeyValue("duty", name)
                .log("Maintenance handled {}", done.result().getAsLong());
          }
          runIn(scheduled, scheduled.every().toMillis());
        });
  }
}
