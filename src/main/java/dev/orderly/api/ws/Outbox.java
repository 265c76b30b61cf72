package dev.orderly.api.ws;

import io.vertx.core.Future;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes to one agent. While it does not read, nothing is read from it, so that no more answers
 * come to wait than operations may be under way; of pushes a bounded number waits, and of news
 * about work the sum for each type.
 */
final class Outbox {
  private static final int QUEUE_BYTES = 64 << 10;

  private final ServerWebSocket socket;
  private final int maxPushes;
  private final Runnable overflow;
  private final Deque<JsonObject> pushes = new ArrayDeque<>(0);
  private final Map<String, Integer> work = new LinkedHashMap<>(0);
  private long fullSinceNanos;
  private boolean full;

  /**
   * @param overflow what to do when more pushes wait than may
   */
  Outbox(ServerWebSocket socket, int maxPushes, Runnable overflow) {
    this.socket = socket;
    this.maxPushes = maxPushes;
    this.overflow = overflow;
    socket.setWriteQueueMaxSize(QUEUE_BYTES);
    socket.drainHandler(drained -> drained());
  }

  /** Writes an answer; fails if the socket is closed. */
  Future<Void> answer(JsonObject frame) {
    if (socket.isClosed()) {
      return Future.failedFuture("closed");
    }
    var written = socket.writeTextMessage(frame.encode());
    if (!full && socket.writeQueueFull()) {
      full = true;
      fullSinceNanos = System.nanoTime();
      socket.pause();
    }
    return written;
  }

  void push(JsonObject event) {
    if (!full) {
      answer(event);
    } else if (pushes.size() < maxPushes) {
      pushes.add(event);
    } else {
      overflow.run();
    }
  }

  void work(String type, int items) {
    if (full) {
      work.merge(type, items, Integer::sum);
    } else {
      answer(encode(type, items));
    }
  }

  /** True if the agent has read nothing for that long, though there was something to read. */
  boolean stuck(long nowNanos, long limitNanos) {
    return full && nowNanos - fullSinceNanos > limitNanos;
  }

  /** True while nothing is read from the agent, as it does not read either. */
  boolean full() {
    return full;
  }

  private void drained() {
    if (!full || socket.isClosed()) {
      return;
    }
    full = false;
    while (!full && !pushes.isEmpty()) {
      answer(pushes.removeFirst());
    }
    while (!full && !work.isEmpty()) {
      var first = work.entrySet().iterator().next();
      work.remove(first.getKey());
      answer(encode(first.getKey(), first.getValue()));
    }
    if (!full) {
      socket.resume();
    }
  }

  private static JsonObject encode(String type, int items) {
    return new JsonObject().put("event", "work_available").put("type", type).put("items", items);
  }
}
