package dev.orderly.api.ws;

import dev.orderly.bus.Bus;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.LeaseStatus;
import dev.orderly.leasing.LeaseMessages.ShowLeases;
import dev.orderly.leasing.LeasedItem;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leases that one event loop's connections watch, and what these are told of them. Hints bring
 * the news; as they may be lost, a lease whose time seems over is looked up in the database.
 */
final class LeaseBook {
  static final String EXPIRED = "expired";
  static final String SUPERSEDED = "superseded";
  static final String ENDED = "ended";

  private static final Logger LOG = LoggerFactory.getLogger(LeaseBook.class);

  /** How long after a lease's end the hint of it may take. */
  private static final long HINT_NANOS = 500_000_000L;

  private static final long RETRY_NANOS = 1_000_000_000L;
  private static final int LOOKUP_MAX = 500;

  private final Bus bus;
  private final LeaseWheel wheel = new LeaseWheel(System.nanoTime());
  private final Map<UUID, Watched> byItem = new HashMap<>();
  private final Map<UUID, Set<Watched>> byOrder = new HashMap<>();
  private final Map<AgentSocket, Set<Watched>> bySocket = new IdentityHashMap<>();
  private final Deque<Watched> doubtful = new ArrayDeque<>();
  private boolean lookingUp;

  LeaseBook(Bus bus) {
    this.bus = bus;
  }

  int size() {
    return byItem.size();
  }

  int size(AgentSocket socket) {
    return bySocket.getOrDefault(socket, Set.of()).size();
  }

  /**
   * @return the connection's watch over an item; null if it has none
   */
  Watched of(AgentSocket socket, UUID itemId) {
    var lease = byItem.get(itemId);
    return lease != null && lease.socket == socket ? lease : null;
  }

  void watch(AgentSocket socket, LeasedItem item) {
    var lease = item.lease();
    var watched =
        new Watched(
            socket, item.id(), item.orderId(), lease.fence(), lease.token(), lease.ttlSeconds());
    watched.begins(System.nanoTime(), lease.expiresAt());
    add(watched);
  }

  /** A lease that the database has as current. */
  void watch(AgentSocket socket, String token, LeaseStatus status) {
    var watched =
        new Watched(
            socket, status.itemId(), status.orderId(), status.fence(), token, status.ttlSeconds());
    watched.lives(System.nanoTime(), status.leftMillis() * 1_000_000, status.expiresAt());
    add(watched);
  }

  /** Whoever watched the item before does so no longer. */
  private void add(Watched lease) {
    var before = byItem.put(lease.itemId, lease);
    if (before != null) {
      unlink(before);
    }
    byOrder.computeIfAbsent(lease.orderId, id -> new HashSet<>(2)).add(lease);
    bySocket.computeIfAbsent(lease.socket, s -> new HashSet<>(4)).add(lease);
    wheel.put(lease, lease.warnNanos());
  }

  void extended(Watched lease, Instant until) {
    lease.extended(until);
  }

  /** The lease ended as its holder wished. */
  void forget(Watched lease) {
    if (byItem.remove(lease.itemId, lease)) {
      unlink(lease);
    }
  }

  private void unlink(Watched lease) {
    lease.gone = true;
    wheel.remove(lease);
    remove(byOrder, lease.orderId, lease);
    remove(bySocket, lease.socket, lease);
  }

  private static <K> void remove(Map<K, Set<Watched>> index, K key, Watched lease) {
    var leases = index.get(key);
    if (leases != null && leases.remove(lease) && leases.isEmpty()) {
      index.remove(key);
    }
  }

  /** The connection is gone; its leases live on until they expire. */
  void drop(AgentSocket socket) {
    List.copyOf(bySocket.getOrDefault(socket, Set.of())).forEach(this::forget);
  }

  /** The holder must stop. */
  void lost(Watched lease, String reason) {
    if (lease.gone) {
      return;
    }
    forget(lease);
    lease.socket.push(about("lease_lost", lease).put("reason", reason));
  }

  /** Leases were taken back. */
  void lost(Lost hint) {
    lost(hint, EXPIRED);
  }

  /** Leases were taken back before their time. */
  void withdrawn(Lost hint) {
    lost(hint, ENDED);
  }

  private void lost(Lost hint, String reason) {
    for (var lost : hint.leases()) {
      var lease = byItem.get(lost.itemId());
      if (lease != null && lease.fence == lost.fence()) {
        lost(lease, reason);
      }
    }
  }

  /** An order was cancelled. */
  void cancelled(OrderHint hint) {
    var leases = byOrder.get(hint.orderId());
    if (leases == null) {
      return;
    }
    var bySocket = List.copyOf(leases).stream().collect(Collectors.groupingBy(l -> l.socket));
    bySocket.forEach(
        (socket, some) -> {
          some.forEach(this::forget);
          var items = some.stream().map(lease -> lease.itemId.toString()).toList();
          socket.push(
              new JsonObject()
                  .put("event", "order_cancelled")
                  .put("order_id", hint.orderId().toString())
                  .put("items", new JsonArray(items)));
        });
  }

  /** To be called every {@link LeaseWheel#TICK_MILLIS}. */
  void tick() {
    long now = System.nanoTime();
    wheel.advance(now, lease -> look(lease, now));
    lookUp();
  }

  private void look(Watched lease, long now) {
    if (now < lease.warnNanos()) {
      wheel.put(lease, lease.warnNanos());
      return;
    }
    if (!lease.warned) {
      lease.warned = true;
      lease.socket.push(
          about("lease_expiring", lease).put("expires_at", lease.expiresAt.toString()));
    }
    long over = lease.deadlineNanos() + HINT_NANOS;
    if (now < over) {
      wheel.put(lease, over);
    } else {
      doubtful.add(lease);
    }
  }

  /** One question at a time, so that many leases that end at once are no burden. */
  private void lookUp() {
    if (lookingUp || doubtful.isEmpty()) {
      return;
    }
    var tenant = doubtful.getFirst().socket.tenant();
    var some = new ArrayList<Watched>();
    while (!doubtful.isEmpty()
        && some.size() < LOOKUP_MAX
        && doubtful.getFirst().socket.tenant().equals(tenant)) {
      var lease = doubtful.removeFirst();
      if (!lease.gone) {
        some.add(lease);
      }
    }
    if (some.isEmpty()) {
      return;
    }
    lookingUp = true;
    bus.call(
            LeaseMessages.SHOW_LEASES,
            new ShowLeases(tenant, some.stream().map(lease -> lease.token).toList()))
        .onComplete(
            found -> {
              lookingUp = false;
              for (int i = 0; i < some.size(); i++) {
                settle(some.get(i), found.leases().get(i));
              }
            },
            failure -> {
              lookingUp = false;
              LOG.warn("Leases will be looked up again: {}", failure.getMessage());
              long again = System.nanoTime() + RETRY_NANOS;
              some.stream().filter(lease -> !lease.gone).forEach(lease -> wheel.put(lease, again));
            });
  }

  private void settle(Watched lease, LeaseStatus status) {
    if (lease.gone) {
      return;
    }
    if (status == null) {
      lost(lease, ENDED);
    } else if (status.current()) {
      lease.lives(System.nanoTime(), status.leftMillis() * 1_000_000, status.expiresAt());
      wheel.put(lease, lease.warnNanos());
    } else if (status.reason().equals(LeaseStatus.CANCELLED)) {
      cancelled(new OrderHint(lease.orderId));
    } else if (status.reason().equals(LeaseStatus.ENDED)) {
      // Its holder ended it, by another way than this connection.
      forget(lease);
    } else {
      lost(lease, status.reason().equals(LeaseStatus.EXPIRED) ? EXPIRED : SUPERSEDED);
    }
  }

  private static JsonObject about(String event, Watched lease) {
    return new JsonObject()
        .put("event", event)
        .put("item_id", lease.itemId.toString())
        .put("order_id", lease.orderId.toString())
        .put("fence", lease.fence);
  }
}
