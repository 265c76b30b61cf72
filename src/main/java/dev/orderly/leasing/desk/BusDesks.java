package dev.orderly.leasing.desk;

import dev.orderly.bus.Bus;
import dev.orderly.bus.Gatherer;
import dev.orderly.cluster.Placement;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.CheckoutReplies.Reply;
import dev.orderly.leasing.HandedOut;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.CheckoutAt;
import dev.orderly.leasing.LeaseMessages.CheckoutsAt;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Ending;
import dev.orderly.leasing.LeaseMessages.Extension;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.FailAt;
import dev.orderly.leasing.LeaseMessages.FindQueues;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.HeartbeatsAt;
import dev.orderly.leasing.LeaseMessages.Leave;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.LeaseMessages.ReleasesAt;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import io.netty.util.concurrent.FastThreadLocal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Finds the desk for a call and asks it over the bus. */
public final class BusDesks implements Desks {
  /** An item of no tenant's: nobody needs to be asked about it. */
  private static final int ANY_SHARD = 0;

  /** How many checkouts of one item each go to another node in one message. */
  private static final int TOGETHER = 64;

  /** How many such messages an event loop has under way for one shard. */
  private static final int UNDER_WAY = 2;

  /**
   * @param inboxMax how many checkouts may wait on an event loop for their way to one shard
   * @param timeout how long a desk may take, waiting for work aside
   */
  public record Settings(int inboxMax, Duration timeout) {}

  private final Bus bus;
  private final Shards shards;
  private final LeaseTokens tokens;
  private final DeskCalls calls;
  private final HandedOut handedOut;
  private final Gatherer.Limits gatherLimits;

  /** By shard, for each event loop. */
  private final FastThreadLocal<Map<Integer, Gatherer<Checkout, CheckedOut>>> gatherers =
      new FastThreadLocal<>() {
        @Override
        protected Map<Integer, Gatherer<Checkout, CheckedOut>> initialValue() {
          return new HashMap<>();
        }
      };

  /**
   * @param handedOut where this node remembers what its agents got
   */
  public BusDesks(
      Vertx vertx,
      Bus bus,
      Placement placement,
      Settings settings,
      Shards shards,
      LeaseTokens tokens,
      HandedOut handedOut) {
    this.bus = bus;
    this.shards = shards;
    this.tokens = tokens;
    this.handedOut = handedOut;
    this.gatherLimits = new Gatherer.Limits(TOGETHER, UNDER_WAY, settings.inboxMax());
    this.calls = new DeskCalls(vertx, placement, settings.timeout());
  }

  @Override
  public Future<CheckedOut> checkout(Checkout checkout) {
    return shard(checkout)
        .compose(shard -> checkout(shard, checkout))
        .map(
            reply -> {
              handedOut.remember(checkout.caller().tenant(), reply.items());
              return reply;
            });
  }

  private Future<CheckedOut> checkout(int shard, Checkout checkout) {
    if (checkout.waiting() == null) {
      return calls.isHere(shard) ? checkoutHere(shard, checkout) : checkoutThere(shard, checkout);
    }
    long until = System.nanoTime() + Duration.ofMillis(checkout.waiting().millis()).toNanos();
    return calls.askPatiently(
        shard,
        () -> Duration.ofNanos(Math.max(0, until - System.nanoTime())),
        (host, limit) ->
            bus.call(
                LeaseMessages.checkout(host),
                new CheckoutAt(
                    shard,
                    checkout.withWait((until - System.nanoTime()) / 1_000_000),
                    limit.toMillis()),
                limit));
  }

  private Future<CheckedOut> checkoutHere(int shard, Checkout checkout) {
    return calls.ask(
        shard,
        (host, limit) ->
            bus.call(
                LeaseMessages.checkout(host),
                new CheckoutAt(shard, checkout, limit.toMillis()),
                limit));
  }

  /** Those of many items go alone: each is a large answer by itself. */
  private Future<CheckedOut> checkoutThere(int shard, Checkout checkout) {
    var context = Vertx.currentContext();
    if (checkout.max() > 1 || context == null || !context.isEventLoopContext()) {
      return checkoutTogether(shard, List.of(checkout)).compose(List::getFirst);
    }
    return gatherers
        .get()
        .computeIfAbsent(
            shard, s -> new Gatherer<>(context, gatherLimits, some -> checkoutTogether(s, some)))
        .ask(checkout);
  }

  private Future<List<Future<CheckedOut>>> checkoutTogether(int shard, List<Checkout> checkouts) {
    return calls
        .ask(
            shard,
            (host, limit) ->
                bus.call(
                        LeaseMessages.checkouts(host),
                        new CheckoutsAt(shard, checkouts, limit.toMillis()),
                        limit)
                    .compose(replies -> unlessCutOff(replies.replies(), Reply::refusal)))
        .map(
            replies ->
                replies.stream()
                    .map(
                        one ->
                            one.refusal() == null
                                ? Future.succeededFuture(one.checkedOut())
                                : Future.<CheckedOut>failedFuture(one.refusal().toRejected()))
                    .toList());
  }

  /**
   * A node that cannot reach the database says so of each request. That is as good as no answer
   * from it: another node may reach it.
   */
  private static <R> Future<List<R>> unlessCutOff(List<R> replies, Function<R, Refusal> refusal) {
    boolean cutOff =
        replies.stream().map(refusal).allMatch(r -> r != null && r.code() == ErrorCode.UNAVAILABLE);
    return cutOff
        ? Future.failedFuture(refusal.apply(replies.getFirst()).toRejected())
        : Future.succeededFuture(replies);
  }

  private Future<Integer> shard(Checkout checkout) {
    var tenant = checkout.caller().tenant();
    if (checkout.orderId() == null) {
      return Future.succeededFuture(shard(tenant, checkout.types()));
    }
    return bus.call(LeaseMessages.FIND_QUEUES, new FindQueues(tenant, null, checkout.orderId()))
        .map(queues -> shard(tenant, queues.types()));
  }

  private int shard(String tenant, List<String> types) {
    return types.size() == 1 ? shards.of(tenant, types.getFirst()) : shards.ofSeveral(tenant);
  }

  @Override
  public void leave(UUID waitId) {
    bus.publish(LeaseMessages.LEAVE, new Leave(waitId));
  }

  @Override
  public Future<List<Extension>> heartbeat(List<Heartbeat> heartbeats) {
    heartbeats.forEach(h -> handedOut.forget(h.itemId()));
    return each(
        heartbeats,
        h -> shard(h.caller().tenant(), h.itemId(), h.proof()),
        (shard, some) ->
            calls.ask(
                shard,
                (host, limit) ->
                    bus.call(LeaseMessages.heartbeats(host), new HeartbeatsAt(shard, some), limit)
                        .compose(reply -> unlessCutOff(reply.extensions(), Extension::refusal))),
        refusal -> new Extension(null, refusal));
  }

  @Override
  public Future<List<Ending>> release(List<Release> releases) {
    releases.forEach(r -> handedOut.forget(r.itemId()));
    return each(
        releases,
        r -> shard(r.caller().tenant(), r.itemId(), r.proof()),
        (shard, some) ->
            calls.askOnce(
                shard,
                (host, limit) ->
                    bus.call(LeaseMessages.releases(host), new ReleasesAt(shard, some), limit)
                        .compose(reply -> unlessCutOff(reply.endings(), Ending::refusal))),
        refusal -> new Ending(null, refusal));
  }

  @Override
  public Future<Ended> fail(Fail fail) {
    handedOut.forget(fail.itemId());
    return shard(fail.caller().tenant(), fail.itemId(), fail.proof())
        .compose(
            shard ->
                calls.askOnce(
                    shard,
                    (host, limit) ->
                        bus.call(LeaseMessages.fail(host), new FailAt(shard, fail), limit)));
  }

  /** From the token if there is a genuine one; otherwise somebody must look the item up. */
  private Future<Integer> shard(String tenant, UUID itemId, LeaseProof proof) {
    if (proof.token() != null) {
      var content = tokens.read(proof.token());
      if (content.isPresent() && content.get().shard() < shards.count()) {
        return Future.succeededFuture(content.get().shard());
      }
    }
    return bus.call(LeaseMessages.FIND_QUEUES, new FindQueues(tenant, itemId, null))
        .map(queues -> shards.of(tenant, queues.types().getFirst()))
        .recover(
            failure ->
                // The desk tells that there is no such item, beside its answers to the others.
                failure instanceof Rejected r && r.code() == ErrorCode.NOT_FOUND
                    ? Future.succeededFuture(ANY_SHARD)
                    : Future.failedFuture(failure));
  }

  /**
   * Asks each shard once for all that is its; the answers come in the order of the calls. What
   * keeps one shard from answering is told of its own items only.
   */
  private static <Q, R> Future<List<R>> each(
      List<Q> calls,
      Function<Q, Future<Integer>> shardOf,
      BiFunction<Integer, List<Q>, Future<List<R>>> ask,
      Function<Refusal, R> refused) {
    var found = calls.stream().map(shardOf).toList();
    return Future.join(found)
        .transform(
            all -> {
              var replies = new ArrayList<R>(Collections.nCopies(calls.size(), null));
              Map<Integer, List<Integer>> byShard = new LinkedHashMap<>();
              for (int i = 0; i < calls.size(); i++) {
                if (found.get(i).succeeded()) {
                  byShard.computeIfAbsent(found.get(i).result(), s -> new ArrayList<>()).add(i);
                } else {
                  replies.set(i, refused.apply(refusal(found.get(i).cause())));
                }
              }
              var asked =
                  byShard.entrySet().stream()
                      .map(
                          e ->
                              ask.apply(e.getKey(), e.getValue().stream().map(calls::get).toList())
                                  .otherwise(
                                      failure ->
                                          Collections.nCopies(
                                              e.getValue().size(), refused.apply(refusal(failure))))
                                  .map(
                                      some -> {
                                        for (int i = 0; i < some.size(); i++) {
                                          replies.set(e.getValue().get(i), some.get(i));
                                        }
                                        return null;
                                      }))
                      .toList();
              return Future.all(asked).map(done -> List.copyOf(replies));
            });
  }

  /** Calls over the bus fail with nothing else. */
  private static Refusal refusal(Throwable failure) {
    return Refusal.of((Rejected) failure);
  }
}
