package dev.orderly.applying.claim;

import java.time.Duration;

/** A try failed for a reason that may be shown to the order's people. */
public final class ApplyFailed extends RuntimeException {
  private final boolean permanent;
  private final Duration notBefore;

  private ApplyFailed(String message, boolean permanent, Duration notBefore, Throwable cause) {
    super(message, cause);
    this.permanent = permanent;
    this.notBefore = notBefore;
  }

  /** Another try would fail alike. */
  public static ApplyFailed forGood(String message) {
    return new ApplyFailed(message, true, Duration.ZERO, null);
  }

  /**
   * Another try would fail alike.
   *
   * @param cause for the log
   */
  public static ApplyFailed forGood(String message, Throwable cause) {
    return new ApplyFailed(message, true, Duration.ZERO, cause);
  }

  /** Another try may succeed. */
  public static ApplyFailed forNow(String message, Throwable cause) {
    return new ApplyFailed(message, false, Duration.ZERO, cause);
  }

  /**
   * @param notBefore how long the target asked to be left alone
   */
  public static ApplyFailed forNow(String message, Duration notBefore) {
    return new ApplyFailed(message, false, notBefore, null);
  }

  /** True if another try would fail alike. */
  public boolean permanent() {
    return permanent;
  }

  Duration notBefore() {
    return notBefore;
  }
}
