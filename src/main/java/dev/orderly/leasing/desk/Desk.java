package dev.orderly.leasing.desk;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.CheckoutReplies;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Ending;
import dev.orderly.leasing.LeaseMessages.Endings;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Extension;
import dev.orderly.leasing.LeaseMessages.Extensions;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.checkout.ClaimItems;
import dev.orderly.leasing.ending.GiveUpLeases;
import dev.orderly.leasing.ending.GiveUpLeases.GiveUp;
import dev.orderly.leasing.holding.HearLeases;
import dev.orderly.storage.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the queues of one shard: it batches what arrives together and keeps those who wait. It
 * holds no truth: two desks of one shard cost speed, not safety.
 */
final class Desk {
  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);
  private static final String TOO_LATE = "The answer came too late for the agent";

  /**
   * @param batchMax how many items or leases one transaction takes at most
   * @param inboxMax how many calls of a kind may wait
   * @param pollMillis how often those who wait for work are looked after without a hint
   * @param agentsLimited whether an agent may be refused what another one would get
   */
  record Settings(int batchMax, int inboxMax, long pollMillis, boolean agentsLimited) {}

  /**
   * @param deadline when whoever asked stops to listen
   */
  private record Asked(Checkout checkout, Deadline deadline) {}

  private static final Rejected LATE =
      new Rejected(ErrorCode.UNAVAILABLE, "The desk's answer came too late");

  private static final Rejected MOVED =
      new Rejected(ErrorCode.NOT_SERVED, "The desk is closed; another node has it");

  private final Settings settings;
  private final Batcher<Asked, CheckedOut> checkouts;
  private final Batcher<Heartbeat, Extended> heartbeats;
  private final Batcher<GiveUp, Ended> giveUps;
  private final Waiters waiters;
  private final Function<Throwable, Rejected> rejection;

  /** Checkouts that would wait but still look for work, and whether their agent has left by now. */
  private final Map<UUID, Boolean> looking = new HashMap<>();

  /**
   * @param rejection what a caller is told of a failure
   */
  Desk(
      Vertx vertx,
      Settings settings,
      ClaimItems claim,
      HearLeases hear,
      GiveUpLeases giveUp,
      Function<Throwable, Rejected> rejection) {
    this.rejection = rejection;
    this.settings = settings;
    int batchMax = settings.batchMax();
    int inboxMax = settings.inboxMax();
    this.checkouts =
        new Batcher<>(
            batchMax, inboxMax, asked -> new Object(), asked -> inTime(asked, claim::run));
    this.heartbeats = new Batcher<>(batchMax, inboxMax, Heartbeat::itemId, hear::run);
    this.giveUps = new Batcher<>(batchMax, inboxMax, GiveUp::itemId, giveUp::run);
    this.waiters = new Waiters(vertx, batchMax, settings.pollMillis(), claim::run);
  }

  /**
   * Leases items; if there are none and the caller can wait, as soon as there are. What comes too
   * late for the caller is given back at once: nobody would know of it until its leases lapse.
   *
   * @param withinMillis how long the caller listens; 0 for any time
   */
  Future<CheckedOut> checkout(Checkout checkout, long withinMillis) {
    var deadline = Deadline.in(withinMillis);
    return checkout(new Asked(checkout, deadline))
        .compose(
            given -> {
              if (!deadline.isOver()) {
                return Future.succeededFuture(given);
              }
              giveBack(checkout, given);
              return Future.failedFuture(LATE);
            });
  }

  private Future<CheckedOut> checkout(Asked asked) {
    var checkout = asked.checkout();
    if (checkout.waiting() == null) {
      return checkouts.submit(asked);
    }
    if (!settings.agentsLimited() && waiters.size() < settings.inboxMax()) {
      var joined = waiters.join(checkout);
      if (joined != null) {
        return joined;
      }
    }
    var id = checkout.waiting().id();
    looking.put(id, false);
    return checkouts
        .submit(asked)
        .transform(
            reply -> {
              boolean left = looking.remove(id);
              if (reply.succeeded()) {
                return Future.succeededFuture(reply.result());
              }
              return Waiters.isNothing(reply.cause()) && !left
                  ? queueUp(checkout, (Rejected) reply.cause())
                  : Future.failedFuture(reply.cause());
            });
  }

  /** Nothing is leased to those who do not listen any more. */
  private static Future<List<Future<CheckedOut>>> inTime(
      List<Asked> all, Function<List<Checkout>, Future<List<Future<CheckedOut>>>> claim) {
    var listening =
        IntStream.range(0, all.size())
            .filter(i -> !all.get(i).deadline().isOver())
            .boxed()
            .toList();
    if (listening.isEmpty()) {
      return Future.succeededFuture(Collections.nCopies(all.size(), Future.failedFuture(LATE)));
    }
    return claim
        .apply(listening.stream().map(i -> all.get(i).checkout()).toList())
        .map(
            given -> {
              if (given.size() == all.size()) {
                return given;
              }
              var replies =
                  new ArrayList<>(
                      Collections.nCopies(all.size(), Future.<CheckedOut>failedFuture(LATE)));
              for (int n = 0; n < listening.size(); n++) {
                replies.set(listening.get(n), given.get(n));
              }
              return replies;
            });
  }

  private void giveBack(Checkout checkout, CheckedOut given) {
    for (var item : given.items()) {
      giveUps
          .submit(new GiveUp(Release.undelivered(checkout.caller(), item, TOO_LATE), null))
          .onFailure(
              failure ->
                  LOG.warn(
                      "Item {} comes back when its lease lapses: {}",
                      item.id(),
                      failure.getMessage()));
    }
  }

  /**
   * @param withinMillis how long the callers listen; 0 for any time
   */
  Future<CheckoutReplies> checkouts(List<Checkout> calls, long withinMillis) {
    return each(calls, c -> checkout(c, withinMillis), CheckoutReplies.Reply::new)
        .map(CheckoutReplies::new);
  }

  private Future<CheckedOut> queueUp(Checkout checkout, Rejected nothing) {
    return waiters.size() < settings.inboxMax()
        ? waiters.add(checkout, nothing)
        : Future.failedFuture(
            new Rejected(
                ErrorCode.OVERLOADED,
                settings.inboxMax() + " agents wait for this kind of work; try later"));
  }

  Future<Extensions> heartbeats(List<Heartbeat> calls) {
    return each(calls, heartbeats::submit, Extension::new).map(Extensions::new);
  }

  Future<Endings> releases(List<Release> calls) {
    return each(calls, r -> giveUps.submit(new GiveUp(r, null)), Ending::new).map(Endings::new);
  }

  Future<Ended> fail(Fail fail) {
    return giveUps.submit(new GiveUp(null, fail));
  }

  /** Work appeared in one of its queues. */
  void workAppeared() {
    waiters.look();
  }

  /** A lease of an agent's ended, which may leave room for another one. */
  void agentFreed(String tenant, String agentId) {
    if (waiters.has(tenant, agentId)) {
      waiters.look();
    }
  }

  /** A lease of a limited type ended, which may leave room for another one of its queues. */
  void typeFreed(String tenant) {
    if (waiters.hasFullType(tenant)) {
      waiters.look();
    }
  }

  int waiting() {
    return waiters.size();
  }

  void leave(UUID waitId) {
    if (looking.replace(waitId, true) == null) {
      waiters.leave(waitId);
    }
  }

  /** Sends those who wait to the desk's new place; what is under way is still answered. */
  void close() {
    waiters.close(MOVED);
  }

  /** Completes once what is under way is answered. */
  Future<?> drained() {
    return Future.join(checkouts.drained(), heartbeats.drained(), giveUps.drained());
  }

  /** What went wrong with one of them is told of that one: the others' leases are written. */
  private <Q, R, O> Future<List<O>> each(
      List<Q> calls, Function<Q, Future<R>> call, BiFunction<R, Refusal, O> outcome) {
    var outcomes =
        calls.stream()
            .map(
                q ->
                    call.apply(q)
                        .map(r -> outcome.apply(r, null))
                        .otherwise(
                            failure -> outcome.apply(null, Refusal.of(rejection.apply(failure)))))
            .toList();
    return Future.join(outcomes).map(done -> outcomes.stream().map(Future::result).toList());
  }
}
