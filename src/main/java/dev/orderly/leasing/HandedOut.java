package dev.orderly.leasing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;

/**
 * Items as this node leased them, so that a result which comes back to it need not look its item up
 * first. It proves nothing: the row may have changed since, here or on another node. Whoever goes
 * by what stands here has the database compare it with the row in the very statement that writes,
 * and decides no refusal on it.
 *
 * <p>Safe for many threads. The oldest give way to new ones.
 */
public final class HandedOut {
  private final SequencedMap<UUID, HeldItem> items;

  /**
   * @param capacity how many items are remembered at most, about half a kilobyte each
   */
  public HandedOut(int capacity) {
    items =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<UUID, HeldItem> eldest) {
            return size() > capacity;
          }
        };
  }

  /**
   * @param item as the committed row has it
   */
  public synchronized void add(HeldItem item) {
    // Put plainly, what is there already would keep its old place.
    items.putLast(item.id(), item);
  }

  /**
   * Gives what is remembered of an item and forgets it: most items are asked for once, and what has
   * become wrong misleads once at most.
   *
   * @return null if nothing is
   */
  public synchronized HeldItem take(UUID itemId) {
    return items.remove(itemId);
  }

  /** The item's row has changed. */
  public synchronized void forget(UUID itemId) {
    items.remove(itemId);
  }
}
