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
 * @param limits how much of the type may be under way at once
 * @param ageingSeconds how long an item waits to draw level with one that has a priority higher by
 *     one; 0 means that it never does
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
    int applyMaxAttempts,
    TypeLimits limits,
    int ageingSeconds) {

  /** An hour of waiting for a point of priority. */
  public static final int USUAL_AGEING_SECONDS = 3_600;

  private static final int MAX_AGEING_SECONDS = 31_536_000;

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
    require(
        ageingSeconds >= 0 && ageingSeconds <= MAX_AGEING_SECONDS,
        "ageing_seconds must be 0 to 31536000");
  }

  /** Without limits, and with the usual ageing. */
  public TypeSettings(
      int maxAttempts,
      int backoffSeconds,
      int maxBackoffSeconds,
      int jitterSeconds,
      int leaseTtlSeconds,
      int heartbeatEverySeconds,
      boolean autoApprove,
      OnItemFailure onItemFailure,
      int applyMaxAttempts) {
    this(
        maxAttempts,
        backoffSeconds,
        maxBackoffSeconds,
        jitterSeconds,
        leaseTtlSeconds,
        heartbeatEverySeconds,
        autoApprove,
        onItemFailure,
        applyMaxAttempts,
        TypeLimits.NONE,
        USUAL_AGEING_SECONDS);
  }

  /** The same settings with other limits. */
  public TypeSettings limited(TypeLimits other) {
    return new TypeSettings(
        maxAttempts,
        backoffSeconds,
        maxBackoffSeconds,
        jitterSeconds,
        leaseTtlSeconds,
        heartbeatEverySeconds,
        autoApprove,
        onItemFailure,
        applyMaxAttempts,
        other,
        ageingSeconds);
  }

  /** The same settings with another ageing. */
  public TypeSettings ageing(int seconds) {
    return new TypeSettings(
        maxAttempts,
        backoffSeconds,
        maxBackoffSeconds,
        jitterSeconds,
        leaseTtlSeconds,
        heartbeatEverySeconds,
        autoApprove,
        onItemFailure,
        applyMaxAttempts,
        limits,
        seconds);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
