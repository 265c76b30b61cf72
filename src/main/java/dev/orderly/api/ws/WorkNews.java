package dev.orderly.api.ws;

import dev.orderly.lifecycle.WorkHints.Work;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Tells an event loop's connections that work of the types they follow appeared. */
final class WorkNews {
  static final int MAX_TYPES = 100;

  /** No connection is told of a type more often. */
  private static final long PAUSE_MILLIS = 100;

  private record Queue(String tenant, String type) {}

  private static final class Readers {
    private final Set<AgentSocket> sockets = new HashSet<>();
    private int items;
    private boolean pausing;
  }

  private final Vertx vertx;
  private final Map<Queue, Readers> readers = new HashMap<>();
  private final Map<AgentSocket, Set<String>> types = new IdentityHashMap<>();

  WorkNews(Vertx vertx) {
    this.vertx = vertx;
  }

  /** What a connection follows, in order. */
  List<String> of(AgentSocket socket) {
    return List.copyOf(types.getOrDefault(socket, Set.of()));
  }

  /**
   * @return false if that would be too many; nothing is changed then
   */
  boolean subscribe(AgentSocket socket, Collection<String> added) {
    var all = new TreeSet<>(types.getOrDefault(socket, Set.of()));
    all.addAll(added);
    if (all.size() > MAX_TYPES) {
      return false;
    }
    types.put(socket, all);
    for (var type : added) {
      readers
          .computeIfAbsent(new Queue(socket.tenant(), type), q -> new Readers())
          .sockets
          .add(socket);
    }
    return true;
  }

  void unsubscribe(AgentSocket socket, Collection<String> removed) {
    var mine = types.get(socket);
    if (mine == null) {
      return;
    }
    for (var type : removed) {
      var queue = new Queue(socket.tenant(), type);
      var of = readers.get(queue);
      if (mine.remove(type) && of.sockets.remove(socket) && of.sockets.isEmpty()) {
        readers.remove(queue);
      }
    }
    if (mine.isEmpty()) {
      types.remove(socket);
    }
  }

  /** Of everything. */
  void unsubscribe(AgentSocket socket) {
    unsubscribe(socket, of(socket));
  }

  void appeared(Work work) {
    var queue = new Queue(work.tenant(), work.type());
    if (!readers.containsKey(queue)) {
      return;
    }
    if (work.inMillis() > 0) {
      vertx.setTimer(work.inMillis(), rested -> appeared(queue, work.items()));
    } else {
      appeared(queue, work.items());
    }
  }

  private void appeared(Queue queue, int items) {
    var of = readers.get(queue);
    if (of == null) {
      return;
    }
    of.items += items;
    if (!of.pausing) {
      tell(queue, of);
    }
  }

  private void tell(Queue queue, Readers of) {
    int items = of.items;
    of.items = 0;
    of.pausing = true;
    vertx.setTimer(
        PAUSE_MILLIS,
        over -> {
          of.pausing = false;
          if (of.items > 0) {
            tell(queue, of);
          }
        });
    List.copyOf(of.sockets).forEach(socket -> socket.workAppeared(queue.type(), items));
  }
}
