package dev.orderly.bus;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;

/**
 * Sends together what one event loop asks within one of its turns, and what it asks while enough
 * messages are under way: between nodes a message costs more than most of what it says. For that
 * loop alone.
 *
 * @param <Q> a request
 * @param <R> its reply
 */
public final class Gatherer<Q, R> {

  private record Call<Q, R>(Q request, Promise<R> promise) {}

  private final ContextInternal loop;
  private final Limits limits;
  private final Function<List<Q>, Future<List<Future<R>>>> send;
  private final Queue<Call<Q, R>> waiting = new ArrayDeque<>();
  private int underWay;
  private boolean called;

  /**
   * @param together how many requests one message carries at most
   * @param underWay how many messages may be without their answer; past it requests wait
   * @param waiting how many may wait; past it callers are told {@code overloaded}
   */
  public record Limits(int together, int underWay, int waiting) {}

  /**
   * @param loop of an event loop, on whose thread alone it is asked
   * @param send answers with as many replies, in the requests' order, on whatever thread
   */
  public Gatherer(Context loop, Limits limits, Function<List<Q>, Future<List<Future<R>>>> send) {
    // What is called on may be one request's context, and this outlives the request.
    this.loop = ((ContextInternal) loop).unwrap();
    this.limits = limits;
    this.send = send;
  }

  /** The answer comes on the loop. */
  public Future<R> ask(Q request) {
    if (waiting.size() >= limits.waiting()) {
      return Future.failedFuture(
          new Rejected(
              ErrorCode.OVERLOADED,
              limits.waiting() + " requests of this kind are waiting; try later"));
    }
    var call = new Call<Q, R>(request, Promise.promise());
    waiting.add(call);
    if (!called && underWay < limits.underWay()) {
      called = true;
      loop.runOnContext(
          turnEnds -> {
            called = false;
            sendWaiting();
          });
    }
    return call.promise().future();
  }

  private void sendWaiting() {
    while (underWay < limits.underWay() && !waiting.isEmpty()) {
      var calls = new ArrayList<Call<Q, R>>();
      while (calls.size() < limits.together() && !waiting.isEmpty()) {
        calls.add(waiting.remove());
      }
      underWay++;
      // Whoever answers may do so on another thread, such as one that learns that a node is gone.
      var onLoop = loop.<List<Future<R>>>promise();
      sent(calls).onComplete(onLoop);
      onLoop
          .future()
          .onComplete(
              replies -> {
                underWay--;
                for (int i = 0; i < calls.size(); i++) {
                  answer(calls.get(i).promise(), i, replies);
                }
                sendWaiting();
              });
    }
  }

  private Future<List<Future<R>>> sent(List<Call<Q, R>> calls) {
    try {
      return send.apply(calls.stream().map(Call::request).toList());
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** What one caller makes of its answer is not to keep the others from theirs. */
  private void answer(Promise<R> promise, int i, AsyncResult<List<Future<R>>> replies) {
    try {
      if (replies.failed()) {
        promise.fail(replies.cause());
      } else if (i < replies.result().size()) {
        replies.result().get(i).onComplete(promise);
      } else {
        promise.fail(new IllegalStateException("no reply to request %d".formatted(i)));
      }
    } catch (RuntimeException e) {
      loop.reportException(e);
    }
  }
}
