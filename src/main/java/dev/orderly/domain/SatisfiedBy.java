package dev.orderly.domain;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** How far an item must be for those that depend on it to begin. Wire values are in lower case. */
public enum SatisfiedBy {
  /** Its result is there, whatever a reviewer will say. */
  SUBMITTED(EnumSet.of(ItemState.SUBMITTED, ItemState.ACCEPTED, ItemState.COMPLETED)),
  /** Its result was accepted. */
  ACCEPTED(EnumSet.of(ItemState.ACCEPTED, ItemState.COMPLETED));

  private final Set<ItemState> states;

  SatisfiedBy(Set<ItemState> states) {
    this.states = states;
  }

  /** Whether an item in this state lets those that depend on it begin. */
  public boolean by(ItemState state) {
    return states.contains(state);
  }

  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @throws IllegalArgumentException if there is no such value
   */
  public static SatisfiedBy of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT));
  }
}
