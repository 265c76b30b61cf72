package dev.orderly.domain;

import java.util.Locale;

/** The states of a work item. The wire value of each is its name in lower case. */
public enum ItemState {
  QUEUED,
  LEASED,
  IN_PROGRESS,
  SUBMITTED,
  ACCEPTED,
  COMPLETED,
  REJECTED,
  FAILED,
  DEAD_LETTERED,
  CANCELLED;

  /** True if nothing leaves this state. */
  public boolean terminal() {
    return Transitions.ITEM.from(this).isEmpty();
  }

  /** True while an agent holds the item. */
  public boolean held() {
    return this == LEASED || this == IN_PROGRESS;
  }

  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException if there is no such state
   */
  public static ItemState of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT));
  }
}
