package dev.orderly.api.ws;

import dev.orderly.leasing.LeaseProof;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * A lease about which a connection is told. Belongs to one event loop, and to one slot of the wheel
 * at a time. Times are of this process's own steady clock: when exactly a lease ends, the database
 * knows.
 */
final class Watched {
  /** The last part of a lease's time in which a heartbeat is overdue. */
  private static final int WARN_PART = 3;

  final AgentSocket socket;
  final UUID itemId;
  final UUID orderId;
  final long fence;
  final String token;
  final long sinceMillis;
  Instant expiresAt;
  boolean warned;

  /** No longer watched. */
  boolean gone;

  /** The wheel's own: the slot's list. */
  Watched next;

  Watched previous;
  int slot = -1;

  private final long ttlNanos;
  private long deadlineNanos;

  /**
   * @param sinceMillis when the watch began, as Unix time
   */
  Watched(
      AgentSocket socket,
      UUID itemId,
      UUID orderId,
      long fence,
      String token,
      int ttlSeconds,
      long sinceMillis) {
    this.socket = socket;
    this.itemId = itemId;
    this.orderId = orderId;
    this.fence = fence;
    this.token = token;
    this.sinceMillis = sinceMillis;
    this.ttlNanos = ttlSeconds * 1_000_000_000L;
  }

  /** It was given just now. */
  void begins(long nowNanos, Instant until) {
    lives(nowNanos, ttlNanos, until);
  }

  /** A heartbeat was taken, which need not have put off the end, or not by the whole time. */
  void extended(Instant until) {
    deadlineNanos += Duration.between(expiresAt, until).toNanos();
    expiresAt = until;
    warned = false;
  }

  void lives(long nowNanos, long leftNanos, Instant until) {
    deadlineNanos = nowNanos + leftNanos;
    expiresAt = until;
    warned = false;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  long warnNanos() {
    return deadlineNanos - ttlNanos / WARN_PART;
  }

  /** True if what a caller shows is this very lease. */
  boolean isShownBy(LeaseProof proof) {
    return (proof.token() == null || proof.token().equals(token))
        && (proof.fence() == null || proof.fence() == fence);
  }
}
