package dev.orderly.leasing.item;

import java.util.UUID;

/**
 * An item that an agent got: what the agent reads, and what the node that it talks to goes by.
 *
 * @param orderType the type of its order, whose schema the result must satisfy
 * @param type the queue that the item stood in
 * @param attempt 1 for the first lease since the item was planned or retried
 * @param row null if a result needs more than that to be judged
 */
public record LeasedItem(
    UUID id,
    UUID orderId,
    String orderType,
    String typeVersion,
    String type,
    int attempt,
    int maxAttempts,
    Lease lease,
    LeasedRow row,
    ItemText text) {

  /**
   * Whether a node that remembers it can judge its result by that, see {@link
   * dev.orderly.leasing.HandedOut}.
   */
  public boolean worthRemembering() {
    return row != null;
  }
}
