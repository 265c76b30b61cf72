package dev.orderly.types;

import dev.orderly.domain.Progress.OnItemFailure;

/**
 * The numbers and policies of a type.
 *
 * @param maxAttempts leases of an item that may end without a submission (1 to 100)
 * @param backoffSeconds how long an item rests after the first lost attempt; doubles with each
 * @param maxBackoffSeconds the longest rest
 * @param jitterSeconds up to this much is added to each rest, at random
 * @param leaseTtlSeconds how long a lease lives without a heartbeat
 * @param heartbeatEverySeconds how often agents are asked to send one
 * @param autoApprove whether an order is approved by the system once all is submitted and ready
 * @param applyMaxAttempts how often apply is tried before the order fails
 */
public record TypeSettings(
    int maxAttempts,
    int backoffSeconds,
    int maxBackoffSeconds,
    int jitterSeconds,
    int leaseTtlSeconds,
    int heartbeatEverySeconds,
    boolean autoApprove,
    OnItemFailure onItemFailure,
    int applyMaxAttempts) {

  /** 3 attempts; 5 s to 10 min rest, up to 2 s jitter; lease 600 s, heartbeat 120 s; apply 5. */
  public static final TypeSettings DEFAULT =
      new TypeSettings(3, 5, 600, 2, 600, 120, false, OnItemFailure.FAIL, 5);

  public TypeSettings {
    require(maxAttempts >= 1 && maxAttempts <= 100, "max_attempts must be 1 to 100");
    require(backoffSeconds >= 0, "backoff_seconds must not be negative");
    require(
        maxBackoffSeconds >= backoffSeconds,
        "max_backoff_seconds must not be less than backoff_seconds");
    require(jitterSeconds >= 0, "jitter_seconds must not be negative");
    require(leaseTtlSeconds >= 1 && leaseTtlSeconds <= 86_400, "ttl_seconds must be 1 to 86400");
    require(
        heartbeatEverySeconds >= 1 && heartbeatEverySeconds <= leaseTtlSeconds,
        "heartbeat_every_seconds must be 1 to ttl_seconds");
    require(
        applyMaxAttempts >= 1 && applyMaxAttempts <= 100, "apply max_attempts must be 1 to 100");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
