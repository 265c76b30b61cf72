package dev.orderly.api.ws;

import dev.orderly.api.ws.LeaseOperations.Held;
import dev.orderly.bus.Bus;
import dev.orderly.leasing.LeaseHints;
import dev.orderly.leasing.LeaseHints.Attached;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseHints.LostLease;
import dev.orderly.leasing.LeaseMessages.LeaseStatus;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.lifecycle.OrderHints.OrderHint;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The leases that one event loop's connections watch, and what these are told of them. Hints bring
 * the news; as they may be lost, a lease whose time seems over is looked up in the database.
 */
final class LeaseBook {
  static final String EXPIRED = "expired";
  static final String SUPERSEDED = "superseded";
  static final String ENDED = "ended";

  /** How long after a lease's end the hint of it may take. */
  private static final long HINT_NANOS = 500_000_000L;

  private static final long RETRY_NANOS = 1_000_000_000L;

  /** Knows this book's own hints. */
  private final UUID id = UUID.randomUUID();

  private final Bus bus;
  private final InstantSource clock;
  private final LeaseWheel wheel = new LeaseWheel(System.nanoTime());
  private final Map<UUID, Watched> byItem = new HashMap<>();
  private final Map<UUID, Set<Watched>> byOrder = new HashMap<>();
  private final Map<AgentSocket, Set<Watched>> bySocket = new IdentityHashMap<>();
  private final LeaseLookups lookups;

  LeaseBook(Bus bus, InstantSource clock) {
    this.bus = bus;
    this.clock = clock;
    this.lookups = new LeaseLookups(bus, this::settle, this::unknown);
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
            socket,
            item.id(),
            item.orderId(),
            lease.fence(),
            lease.token(),
            lease.ttlSeconds(),
            clock.millis());
    watched.begins(System.nanoTime(), lease.expiresAt());
    add(watched);
  }

  /** From now on this connection is told of the leases, whichever was so far, on any node. */
  void attach(AgentSocket socket, List<Held> leases) {
    if (leases.isEmpty()) {
      return;
    }
    leases.forEach(held -> watch(socket, held.token(), held.status()));
    var all =
        leases.stream()
            .map(held -> new LostLease(held.status().itemId(), held.status().fence()))
            .toList();
    bus.publish(LeaseHints.ATTACHED, new Attached(all, id, clock.millis()));
  }

  private void watch(AgentSocket socket, String token, LeaseStatus status) {
    var watched =
        new Watched(
            socket,
            status.itemId(),
            status.orderId(),
            status.fence(),
            token,
            status.ttlSeconds(),
            clock.millis());
    watched.lives(System.nanoTime(), status.leftMillis() * 1_000_000, status.expiresAt());
    add(watched);
  }

  /** Another connection has taken over the watch of leases, here or elsewhere. */
  void attachedElsewhere(Attached hint) {
    if (hint.by().equals(id)) {
      return;
    }
    for (var attached : hint.leases()) {
      var lease = byItem.get(attached.itemId());
      if (lease != null
          && lease.fence == attached.fence()
          && lease.sinceMillis < hint.sinceMillis()) {
        forget(lease);
      }
    }
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
    lookups.next();
  }

  private void look(Watched lease, long now) {
    if (now < lease.warnNanos()) {
      wheel.put(lease, lease.warnNanos());
      return;
    }
    long over = lease.deadlineNanos() + HINT_NANOS;
    if (lease.warned && now < over) {
      wheel.put(lease, over);
    } else {
      // Before its holder is warned or told, as it may have ended the lease by another way.
      lookups.add(lease);
    }
  }

  private void warn(Watched lease) {
    lease.warned = true;
    lease.socket.push(about("lease_expiring", lease).put("expires_at", lease.expiresAt.toString()));
  }

  /** Nobody knows whether they are still held. */
  private void unknown(List<Watched> leases) {
    long again = System.nanoTime() + RETRY_NANOS;
    for (var lease : leases) {
      if (!lease.gone) {
        if (!lease.warned) {
          warn(lease);
        }
        wheel.put(lease, again);
      }
    }
  }

  private void settle(Watched lease, LeaseStatus status) {
    if (lease.gone) {
      return;
    }
    if (status == null) {
      lost(lease, ENDED);
    } else if (status.current()) {
      stillHeld(lease, status);
    } else if (status.reason().equals(LeaseStatus.CANCELLED)) {
      cancelled(new OrderHint(lease.orderId));
    } else {
      lost(lease, reason(status));
    }
  }

  private void stillHeld(Watched lease, LeaseStatus status) {
    long now = System.nanoTime();
    // Not if a heartbeat was taken since it was looked up.
    if (!status.expiresAt().isBefore(lease.expiresAt)) {
      boolean warned = lease.warned && status.expiresAt().equals(lease.expiresAt);
      lease.lives(now, status.leftMillis() * 1_000_000, status.expiresAt());
      lease.warned = warned;
    }
    if (now < lease.warnNanos()) {
      wheel.put(lease, lease.warnNanos());
      return;
    }
    if (!lease.warned) {
      warn(lease);
    }
    wheel.put(lease, lease.deadlineNanos() + HINT_NANOS);
  }

  private static String reason(LeaseStatus status) {
    return switch (status.reason()) {
      case LeaseStatus.EXPIRED -> EXPIRED;
      case LeaseStatus.ENDED -> ENDED;
      default -> SUPERSEDED;
    };
  }

  private static JsonObject about(String event, Watched lease) {
    return new JsonObject()
        .put("event", event)
        .put("item_id", lease.itemId.toString())
        .put("order_id", lease.orderId.toString())
        .put("fence", lease.fence);
  }
}
