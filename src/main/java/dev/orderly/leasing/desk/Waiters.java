package dev.orderly.leasing.desk;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.checkout.refusal.LimitRefusals;
import dev.orderly.leasing.checkout.search.ClaimFilter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who wait for work at one desk, in the order of their arrival. A hint that work appeared
 * gives them what there is at once; as hints may be lost, they are also looked after at intervals.
 * For one Vert.x context.
 */
final class Waiters {
  /** Most hints are of a few items, and hundreds may wait. */
  private static final int FIRST_ROUND = 16;

  private static final Logger LOG = LoggerFactory.getLogger(Waiters.class);

  private record Waiter(
      Checkout checkout, Rejected nothing, Promise<CheckedOut> promise, long timer) {
    UUID id() {
      return checkout.waiting().id();
    }

    boolean isAgent(String tenant, String agentId) {
      return checkout.caller().tenant().equals(tenant)
          && checkout.caller().agentId().equals(agentId);
    }

    Waiter refused(Rejected newest) {
      return new Waiter(checkout, newest, promise, timer);
    }
  }

  /** What there is nothing of in this look: of a filter for anybody, or for one agent. */
  private record Dry(ClaimFilter filter, String agentId) {
    static Dry forAll(Checkout checkout) {
      return new Dry(ClaimFilter.of(checkout), null);
    }

    static Dry forAgent(Checkout checkout) {
      return new Dry(ClaimFilter.of(checkout), checkout.caller().agentId());
    }
  }

  private final Vertx vertx;
  private final int batchMax;
  private final long pollMillis;
  private final Function<List<Checkout>, Future<List<Future<CheckedOut>>>> claim;
  private final Map<UUID, Waiter> waiting = new LinkedHashMap<>();

  /** Those for whom a claim is under way, and of these those who leave if it brings nothing. */
  private final Set<UUID> claiming = new HashSet<>();

  private final Set<UUID> leaving = new HashSet<>();

  /** What the last look found nothing of, and the answer to those who wait for it. */
  private Map<ClaimFilter, Rejected> nothings = Map.of();

  /** The same of the look that is under way, as far as it has come. */
  private Map<ClaimFilter, Rejected> found = new HashMap<>();

  private boolean running;
  private boolean again;
  private long poll = -1;

  /** When to look as a rate leaves room again, by the node's monotonic clock; null for never. */
  private Long appointment;

  /** Why everybody is sent away, once the desk is closed. */
  private Rejected closed;

  /**
   * @param pollMillis how often to look without a hint
   * @param claim leases what there is, to the first of those that ask first
   */
  Waiters(
      Vertx vertx,
      int batchMax,
      long pollMillis,
      Function<List<Checkout>, Future<List<Future<CheckedOut>>>> claim) {
    this.vertx = vertx;
    this.batchMax = batchMax;
    this.pollMillis = pollMillis;
    this.claim = claim;
  }

  /**
   * @param nothing what to answer when the time is over
   */
  Future<CheckedOut> add(Checkout checkout, Rejected nothing) {
    if (closed != null) {
      return Future.failedFuture(closed);
    }
    var answer = put(checkout, nothing);
    lookAfter(nothing.retryAfterMillis());
    // Something may have appeared between the look that found nothing and this moment.
    look();
    return answer;
  }

  /**
   * Takes in a checkout that need not look for work, as others wait for the very same: what appears
   * is theirs first.
   *
   * @return null if it has to look
   */
  Future<CheckedOut> join(Checkout checkout) {
    var nothing = nothings.get(ClaimFilter.of(checkout));
    return nothing == null || closed != null ? null : put(checkout, nothing);
  }

  private Future<CheckedOut> put(Checkout checkout, Rejected nothing) {
    var promise = Promise.<CheckedOut>promise();
    long timer =
        vertx.setTimer(
            Math.max(1, checkout.waiting().millis()), fired -> leave(checkout.waiting().id()));
    var waiter = new Waiter(checkout, nothing, promise, timer);
    waiting.put(waiter.id(), waiter);
    return promise.future();
  }

  int size() {
    return waiting.size();
  }

  /** Whether an agent waits here. */
  boolean has(String tenant, String agentId) {
    return waiting.values().stream().anyMatch(waiter -> waiter.isAgent(tenant, agentId));
  }

  /** Whether somebody of the tenant waits here for room in a type or key. */
  boolean hasFullType(String tenant) {
    return waiting.values().stream()
        .anyMatch(
            waiter ->
                waiter.checkout().caller().tenant().equals(tenant)
                    && LimitRefusals.isOfType(waiter.nothing()));
  }

  /** Ends a wait, as its time is over or nobody listens any more. */
  void leave(UUID id) {
    var waiter = waiting.get(id);
    if (waiter == null) {
      return;
    }
    if (claiming.contains(id)) {
      leaving.add(id);
    } else {
      end(waiter, Future.failedFuture(waiter.nothing()));
    }
  }

  /** Gives out what there is; while that is under way, once more afterwards. */
  void look() {
    if (running) {
      again = true;
    } else if (!waiting.isEmpty()) {
      running = true;
      vertx.cancelTimer(poll);
      found = new HashMap<>();
      round(new HashSet<>(), FIRST_ROUND);
    }
  }

  /** Sends everybody away, to ask elsewhere. */
  void close(Rejected reason) {
    vertx.cancelTimer(poll);
    // Those for whom a claim is under way get what it brings.
    closed = reason;
    List.copyOf(waiting.values()).stream()
        .filter(waiter -> !claiming.contains(waiter.id()))
        .forEach(waiter -> end(waiter, Future.failedFuture(reason)));
  }

  /**
   * Until there is nothing left for those who wait, also for those who came meanwhile.
   *
   * @param dry that for which there is nothing left in this look
   * @param most how many are looked after at once; twice as many the next time, as there seems to
   *     be much
   */
  private void round(Set<Dry> dry, int most) {
    var batch = closed == null ? next(dry, Math.min(most, batchMax)) : List.<Waiter>of();
    if (batch.isEmpty()) {
      rest();
      return;
    }
    batch.forEach(waiter -> claiming.add(waiter.id()));
    claim
        .apply(batch.stream().map(Waiter::checkout).toList())
        .onComplete(
            replies -> {
              claiming.clear();
              for (int i = 0; i < batch.size(); i++) {
                settle(batch.get(i), replies.get(i), dry);
              }
              round(dry, 2 * batch.size());
            },
            failure -> {
              claiming.clear();
              batch.forEach(this::leaveIfDue);
              LOG.warn("Those who wait will be looked after later: {}", failure.getMessage());
              again = false;
              found.clear();
              rest();
            });
  }

  private void settle(Waiter waiter, Future<CheckedOut> reply, Set<Dry> dry) {
    if (reply.succeeded() || !isNothing(reply.cause())) {
      end(waiter, reply);
      return;
    }
    var refusal = (Rejected) reply.cause();
    if (isForAll(waiter.checkout(), refusal)) {
      found.put(ClaimFilter.of(waiter.checkout()), refusal);
    }
    dry.add(
        LimitRefusals.isOfAgent(refusal)
            ? Dry.forAgent(waiter.checkout())
            : Dry.forAll(waiter.checkout()));
    var newest = waiter.refused(refusal);
    waiting.computeIfPresent(waiter.id(), (id, earlier) -> newest);
    lookAfter(refusal.retryAfterMillis());
    leaveIfDue(newest);
  }

  /** Not for the sake of a limit or an order: whoever asks for the same gets the same answer. */
  private static boolean isForAll(Checkout checkout, Rejected refusal) {
    return checkout.orderId() == null && refusal.errors().isEmpty();
  }

  /** A rate leaves room again at a time that is known. */
  private void lookAfter(long millis) {
    long at = System.nanoTime() + millis * 1_000_000;
    if (millis > 0 && (appointment == null || at < appointment)) {
      appointment = at;
      vertx.setTimer(
          millis,
          fired -> {
            appointment = null;
            look();
          });
    }
  }

  private void leaveIfDue(Waiter waiter) {
    if (closed != null) {
      end(waiter, Future.failedFuture(closed));
    } else if (leaving.remove(waiter.id())) {
      end(waiter, Future.failedFuture(waiter.nothing()));
    }
  }

  private List<Waiter> next(Set<Dry> dry, int most) {
    var batch = new ArrayList<Waiter>();
    for (var i = waiting.values().iterator(); i.hasNext() && batch.size() < most; ) {
      var waiter = i.next();
      if (!dry.contains(Dry.forAll(waiter.checkout()))
          && !dry.contains(Dry.forAgent(waiter.checkout()))) {
        batch.add(waiter);
      }
    }
    return batch;
  }

  private void rest() {
    running = false;
    nothings = waiting.isEmpty() ? Map.of() : found;
    if (again) {
      again = false;
      look();
    } else if (!waiting.isEmpty()) {
      poll = vertx.setTimer(pollMillis, fired -> look());
    }
  }

  private void end(Waiter waiter, Future<CheckedOut> reply) {
    if (waiting.remove(waiter.id()) != null) {
      leaving.remove(waiter.id());
      vertx.cancelTimer(waiter.timer());
      if (waiting.isEmpty()) {
        // From now on no hint is heeded.
        nothings = Map.of();
      }
      reply.onComplete(waiter.promise());
    }
  }

  /** Whether the agent is waited for: a refusal for now, of what may be there later. */
  static boolean isNothing(Throwable failure) {
    return failure instanceof Rejected rejected
        && (rejected.code() == ErrorCode.NO_ITEMS_AVAILABLE
            || rejected.code() == ErrorCode.RATE_LIMITED);
  }
}
