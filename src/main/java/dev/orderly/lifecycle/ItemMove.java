package dev.orderly.lifecycle;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.SatisfiedBy;
import java.util.UUID;

/** An item went from one state to another. */
public record ItemMove(UUID orderId, UUID itemId, ItemState from, ItemState to) {
  /** True if only its change could not be made: its result is as good as before. */
  boolean keepsResult() {
    return from == ItemState.ACCEPTED && to == ItemState.FAILED;
  }

  /**
   * True if its result was there and is not any more. What was done with it may be undone then even
   * if it was not accepted lately: a change that is held takes the acceptance back, and no more.
   */
  boolean isTakenBack() {
    return SatisfiedBy.SUBMITTED.by(from) && !SatisfiedBy.SUBMITTED.by(to) && !keepsResult();
  }

  /** True if it was accepted and its change is not to be made any more. */
  boolean isWithdrawn() {
    return from == ItemState.ACCEPTED && to != ItemState.COMPLETED && to != ItemState.FAILED;
  }
}
