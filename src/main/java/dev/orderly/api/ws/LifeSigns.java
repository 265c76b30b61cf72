package dev.orderly.api.ws;

/**
 * When a connection was last heard of and last of use, which tells when to ping it and when to end
 * it. All times are of {@link System#nanoTime}.
 */
final class LifeSigns {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long TOKEN_CHECK_NANOS = 60 * NANOS_PER_SECOND;

  private final long pingNanos;
  private final long idleNanos;
  private long heard;
  private long busy;
  private long pinged;
  private long tokenChecked;

  LifeSigns(SocketSettings settings, long now) {
    pingNanos = settings.pingSeconds() * NANOS_PER_SECOND;
    idleNanos = settings.idleSeconds() * NANOS_PER_SECOND;
    heard = now;
    busy = now;
    pinged = now;
    tokenChecked = now;
  }

  /** Any frame came, also a pong. */
  void heard(long now) {
    heard = now;
  }

  /** An operation began or ended. */
  void busy(long now) {
    busy = now;
  }

  /**
   * @param idle whether nothing is under way and the agent holds and watches nothing
   * @return why to end the connection, or null
   */
  CloseCode end(long now, Outbox outbox, boolean idle) {
    if (outbox.stuck(now, 2 * pingNanos)) {
      return CloseCode.SLOW;
    }
    // While it is not read from, its pongs are not heard either.
    if (!outbox.full() && now - heard > 2 * pingNanos + pingNanos / 2) {
      return CloseCode.NO_SIGN;
    }
    return idle && now - busy > idleNanos ? CloseCode.IDLE : null;
  }

  /** Whether to ping now; it counts as done. */
  boolean pingIsDue(long now) {
    if (now - pinged < pingNanos) {
      return false;
    }
    pinged = now;
    return true;
  }

  /** Whether to look now if the token was revoked; it counts as done. */
  boolean tokenCheckIsDue(long now) {
    if (now - tokenChecked < TOKEN_CHECK_NANOS) {
      return false;
    }
    tokenChecked = now;
    return true;
  }
}
