package dev.orderly.applying;

import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimOrders;
import dev.orderly.bus.Tasks;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims orders while there are free slots and runs each as a task. For one Vert.x context. */
final class ApplyLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyLoop.class);

  private final Context context;
  private final Semaphore slots;
  private final ClaimOrders claims;
  private final ApplyTry tries;
  private final Set<Future<Void>> running = new HashSet<>();
  private Future<?> look = Future.succeededFuture();
  private boolean looking;
  private boolean lookAgain;
  private boolean stopped;

  /**
   * @param slots how many orders this node may apply at a time, shared by its loops; never waited
   *     for
   */
  ApplyLoop(Context context, Semaphore slots, ClaimOrders claims, ApplyTry tries) {
    this.context = context;
    this.slots = slots;
    this.claims = claims;
    this.tries = tries;
  }

  /** Looks for due orders now, or once more after the look that is under way. */
  void look() {
    if (looking) {
      lookAgain = true;
    } else if (!stopped) {
      looking = true;
      look = Tasks.run(context, this::claim).onComplete(this::looked);
    }
  }

  /** Takes no new orders; done when those under way are. */
  Future<Void> stop() {
    stopped = true;
    return look.transform(looked -> Future.join(List.copyOf(running))).otherwiseEmpty().mapEmpty();
  }

  private void looked(AsyncResult<List<Claim>> result) {
    looking = false;
    if (result.failed()) {
      LOG.warn("Due orders could not be claimed: {}", result.cause().getMessage());
    } else {
      result.result().forEach(this::start);
    }
    if (lookAgain) {
      lookAgain = false;
      look();
    }
  }

  /** Holds a slot for each order that it claims. */
  private List<Claim> claim() {
    int free = slots.drainPermits();
    List<Claim> taken = List.of();
    try {
      if (free > 0 && !stopped) {
        taken = claims.take(free);
      }
      return taken;
    } finally {
      slots.release(free - taken.size());
    }
  }

  private void start(Claim claim) {
    var task = Tasks.run(context, () -> tries.run(claim));
    running.add(task);
    task.onComplete(
        done -> {
          running.remove(task);
          slots.release();
          look();
        });
  }
}
