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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Serves the queues of one shard: it batches what arrives together and keeps those who wait. It
 * holds no truth: two desks of one shard cost speed, not safety.
 */
final class Desk {

  /**
   * @param batchMax how many items or leases one transaction takes at most
   * @param inboxMax how many calls of a kind may wait
   * @param pollMillis how often those who wait for work are looked after without a hint
   * @param agentsLimited whether an agent may be refused what another one would get
   */
  record Settings(int batchMax, int inboxMax, long pollMillis, boolean agentsLimited) {}

  private static final Rejected MOVED =
      new Rejected(ErrorCode.NOT_SERVED, "The desk is closed; another node has it");

  private final Settings settings;
  private final Batcher<Checkout, CheckedOut> checkouts;
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
    this.checkouts = new Batcher<>(batchMax, inboxMax, request -> new Object(), claim::run);
    this.heartbeats = new Batcher<>(batchMax, inboxMax, Heartbeat::itemId, hear::run);
    this.giveUps = new Batcher<>(batchMax, inboxMax, GiveUp::itemId, giveUp::run);
    this.waiters = new Waiters(vertx, batchMax, settings.pollMillis(), claim::run);
  }

  /** Leases items; if there are none and the caller can wait, as soon as there are. */
  Future<CheckedOut> checkout(Checkout checkout) {
    if (checkout.waiting() == null) {
      return checkouts.submit(checkout);
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
        .submit(checkout)
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

  Future<CheckoutReplies> checkouts(List<Checkout> calls) {
    return each(calls, this::checkout, CheckoutReplies.Reply::new).map(CheckoutReplies::pack);
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
