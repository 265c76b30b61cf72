package dev.orderly.domain;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The states of a work order. The wire value of each is its name in lower case. */
public enum OrderState {
  QUEUED,
  CHECKED_OUT,
  IN_PROGRESS,
  SUBMITTED,
  APPROVED,
  APPLIED,
  COMPLETED,
  REJECTED,
  FAILED,
  DEAD_LETTERED,
  CANCELLED;

  /** States in which agents may be given the order's items. */
  public static final Set<OrderState> OPEN =
      EnumSet.of(QUEUED, CHECKED_OUT, IN_PROGRESS, SUBMITTED);

  /** True if nothing leaves this state. */
  public boolean terminal() {
    return Transitions.ORDER.from(this).isEmpty();
  }

  public boolean open() {
    return OPEN.contains(this);
  }

  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException if there is no such state
   */
  public static OrderState of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT));
  }
}
