package dev.orderly.leasing.desk;

import dev.orderly.cluster.Placement;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Asks a shard's desk wherever it is. A node that is gone or does not answer keeps nobody waiting:
 * any node can stand in for its desks, as the database alone decides.
 */
final class DeskCalls {
  /** How long another node may take before this one stands in for it. */
  private static final Duration PATIENCE = Duration.ofMillis(1_500);

  /** How long a node that did not answer is passed over. */
  private static final long SUSPECT_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long PAUSE_MILLIS = 25;
  private static final int TRIES = 3;

  private final Vertx vertx;
  private final Placement placement;
  private final Duration timeout;
  private final Map<String, Set<Promise<?>>> elsewhere = new ConcurrentHashMap<>();
  private final Map<String, Long> suspects = new ConcurrentHashMap<>();

  DeskCalls(Vertx vertx, Placement placement, Duration timeout) {
    this.vertx = vertx;
    this.placement = placement;
    this.timeout = timeout;
    placement.onLeave(this::left);
  }

  /** Whether a call would stay on this node: the desk is here, or its node does not answer. */
  boolean isHere(int shard) {
    return node(shard).equals(placement.self());
  }

  /**
   * @param call asks the desks at a host, within a time limit; it may be taken twice
   */
  <R> Future<R> ask(int shard, BiFunction<String, Duration, Future<R>> call) {
    return ask(new Question<>(shard, () -> Duration.ZERO, true, call), 1);
  }

  /** As {@link #ask}, for a call that is not to be taken twice. */
  <R> Future<R> askOnce(int shard, BiFunction<String, Duration, Future<R>> call) {
    return ask(new Question<>(shard, () -> Duration.ZERO, false, call), 1);
  }

  /**
   * As {@link #ask}, for a call that may take its time as it waits for work.
   *
   * @param left how much of that time is left
   */
  <R> Future<R> askPatiently(
      int shard, Supplier<Duration> left, BiFunction<String, Duration, Future<R>> call) {
    return ask(new Question<>(shard, left, true, call), 1);
  }

  /**
   * @param left how long it may wait for work from now on
   * @param repeatable whether it may be asked again when nobody knows what became of it
   */
  private record Question<R>(
      int shard,
      Supplier<Duration> left,
      boolean repeatable,
      BiFunction<String, Duration, Future<R>> call) {}

  private <R> Future<R> ask(Question<R> question, int tries) {
    var node = tries > TRIES ? placement.self() : node(question.shard());
    var host = new DeskHost(node, question.shard() % placement.deskHosts(node)).address();
    boolean here = node.equals(placement.self());
    var limit = (here ? timeout : PATIENCE).plus(question.left().get());
    var reply = question.call().apply(host, limit);
    return (here ? reply : unlessItLeaves(node, reply))
        .recover(
            failure -> {
              if (!here && isSilent(failure)) {
                suspects.put(node, System.nanoTime());
              }
              boolean again =
                  isNotServed(failure) || (question.repeatable() && !here && isSilent(failure));
              return again && tries <= TRIES
                  ? vertx.timer(PAUSE_MILLIS).compose(paused -> ask(question, tries + 1))
                  : Future.failedFuture(failure);
            });
  }

  private String node(int shard) {
    var owner = placement.ownerOf(shard);
    var since = suspects.get(owner);
    if (since == null) {
      return owner;
    }
    if (System.nanoTime() - since < SUSPECT_NANOS) {
      return placement.self();
    }
    suspects.remove(owner);
    return owner;
  }

  private static boolean isNotServed(Throwable failure) {
    return failure instanceof Rejected rejected && rejected.code() == ErrorCode.NOT_SERVED;
  }

  private static boolean isSilent(Throwable failure) {
    return failure instanceof Rejected rejected && rejected.code() == ErrorCode.UNAVAILABLE;
  }

  private <R> Future<R> unlessItLeaves(String node, Future<R> reply) {
    // Whoever tells that the node is gone has a thread of its own.
    var promise = ((VertxInternal) vertx).getOrCreateContext().<R>promise();
    var calls = elsewhere.computeIfAbsent(node, n -> ConcurrentHashMap.newKeySet());
    calls.add(promise);
    reply.onComplete(
        done -> {
          calls.remove(promise);
          if (done.succeeded()) {
            promise.tryComplete(done.result());
          } else {
            promise.tryFail(done.cause());
          }
        });
    return promise.future();
  }

  private void left(String node) {
    suspects.remove(node);
    var calls = elsewhere.remove(node);
    if (calls != null) {
      calls.forEach(
          call ->
              call.tryFail(new Rejected(ErrorCode.UNAVAILABLE, "The node that was asked is gone")));
    }
  }
}
