package dev.orderly.lifecycle;

import dev.orderly.domain.ItemState;
import java.util.UUID;

/** An item went from one state to another. */
public record ItemMove(UUID orderId, UUID itemId, ItemState from, ItemState to) {
  /** True if only its change could not be made: its result is as good as before. */
  boolean keepsResult() {
    return from == ItemState.ACCEPTED && to == ItemState.FAILED;
  }

  /** True if it was accepted and its change is not to be made any more. */
  boolean isWithdrawn() {
    return from == ItemState.ACCEPTED && to != ItemState.COMPLETED && to != ItemState.FAILED;
  }
}
