package dev.orderly.storage;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;

/**
 * Puts whatever arrived while the last batch was running into the next one, so that the cost of a
 * round trip and a commit is shared exactly when there is load; a lone request never waits, unless
 * it comes in a rest between two batches. For use from one Vert.x context.
 *
 * @param <Q> a request
 * @param <R> its reply
 */
public final class Batcher<Q, R> {

  private record Call<Q, R>(Q request, Promise<R> promise) {}

  private final int batchMax;
  private final int inboxMax;
  private final Function<Q, Object> key;
  private final Function<List<Q>, Future<List<Future<R>>>> handler;
  private final Function<Duration, Future<Void>> rest;
  private final Deque<Call<Q, R>> inbox = new ArrayDeque<>();
  private final List<Promise<Void>> drains = new ArrayList<>(0);
  private boolean running;

  /**
   * @param batchMax how many requests one batch takes at most
   * @param inboxMax how many may wait; past it callers are told {@code overloaded}
   * @param key two requests with equal keys never share a batch; the later one waits
   * @param handler replies to the requests in their order; if it fails as a whole and the batch was
   *     larger than one, each request is tried alone, so that one bad request harms no other
   */
  public Batcher(
      int batchMax,
      int inboxMax,
      Function<Q, Object> key,
      Function<List<Q>, Future<List<Future<R>>>> handler) {
    this(batchMax, inboxMax, key, handler, took -> Future.succeededFuture());
  }

  /**
   * @param rest is told how long a batch took, and completes when the next may begin; not asked
   *     while there is enough for a whole batch
   */
  public Batcher(
      int batchMax,
      int inboxMax,
      Function<Q, Object> key,
      Function<List<Q>, Future<List<Future<R>>>> handler,
      Function<Duration, Future<Void>> rest) {
    this.batchMax = batchMax;
    this.inboxMax = inboxMax;
    this.key = key;
    this.handler = handler;
    this.rest = rest;
  }

  public Future<R> submit(Q request) {
    if (inbox.size() >= inboxMax) {
      return Future.failedFuture(
          new Rejected(
              ErrorCode.OVERLOADED, inboxMax + " requests of this kind are waiting; try later"));
    }
    var promise = Promise.<R>promise();
    inbox.add(new Call<>(request, promise));
    if (!running) {
      next();
    }
    return promise.future();
  }

  /** How many requests wait for the next batch. */
  public int waiting() {
    return inbox.size();
  }

  /** Completes once nothing waits and nothing runs. */
  public Future<Void> drained() {
    if (!running) {
      return Future.succeededFuture();
    }
    var promise = Promise.<Void>promise();
    drains.add(promise);
    return promise.future();
  }

  private void next() {
    var batch = take();
    running = !batch.isEmpty();
    if (running) {
      long began = System.nanoTime();
      run(batch)
          .compose(done -> rest(Duration.ofNanos(System.nanoTime() - began)))
          .onComplete(rested -> next());
    } else {
      var ended = List.copyOf(drains);
      drains.clear();
      ended.forEach(Promise::complete);
    }
  }

  private Future<Void> rest(Duration took) {
    return inbox.size() < batchMax ? rest.apply(took) : Future.succeededFuture();
  }

  private List<Call<Q, R>> take() {
    var batch = new ArrayList<Call<Q, R>>();
    var keys = new HashSet<>();
    var deferred = new ArrayDeque<Call<Q, R>>();
    while (batch.size() < batchMax && !inbox.isEmpty()) {
      var call = inbox.poll();
      if (keys.add(key.apply(call.request()))) {
        batch.add(call);
      } else {
        deferred.add(call);
      }
    }
    deferred.descendingIterator().forEachRemaining(inbox::addFirst);
    return batch;
  }

  private Future<Void> run(List<Call<Q, R>> batch) {
    return handle(batch)
        .transform(
            result -> {
              if (result.succeeded()) {
                for (int i = 0; i < batch.size(); i++) {
                  result.result().get(i).onComplete(batch.get(i).promise());
                }
                return Future.succeededFuture();
              }
              if (batch.size() == 1 || SqlState.isUnavailable(result.cause())) {
                batch.forEach(call -> call.promise().fail(SqlState.explain(result.cause())));
                return Future.succeededFuture();
              }
              Future<Void> alone = Future.succeededFuture();
              for (var call : batch) {
                alone = alone.compose(done -> run(List.of(call)));
              }
              return alone;
            });
  }

  private Future<List<Future<R>>> handle(List<Call<Q, R>> batch) {
    try {
      return handler.apply(batch.stream().map(Call::request).toList());
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
