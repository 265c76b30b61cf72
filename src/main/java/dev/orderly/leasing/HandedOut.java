package dev.orderly.leasing;

import dev.orderly.leasing.item.LeasedItem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * Items as agents of this node got them, from whichever node's desk, so that a result which comes
 * back to it need not look its item up first. It proves nothing: the row may have changed since,
 * here or on another node. Whoever goes by what stands here has the database compare it with the
 * row in the very statement that writes, and decides no refusal on it.
 *
 * <p>Nothing is remembered for longer than until the first heartbeat is due: that may come through
 * another node, and to go by what it changed costs more than to look.
 *
 * <p>Safe for many threads. The oldest give way to new ones.
 */
public final class HandedOut {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final SequencedMap<UUID, Remembered> items;
  private final LongSupplier nanos;

  private record Remembered(HeldItem item, long since) {}

  /**
   * @param capacity how many items are remembered at most, about half a kilobyte each
   * @param nanos a monotonic clock
   */
  public HandedOut(int capacity, LongSupplier nanos) {
    this.nanos = nanos;
    items =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<UUID, Remembered> eldest) {
            return size() > capacity;
          }
        };
  }

  /**
   * Remembers those items of which {@link LeasedItem#worthRemembering} says that it is of use.
   *
   * @param leased items whose leases are committed
   */
  public void remember(String tenant, List<LeasedItem> leased) {
    for (var item : leased) {
      if (item.worthRemembering()) {
        remember(HeldItem.leased(tenant, item));
      }
    }
  }

  private void remember(HeldItem item) {
    var remembered = new Remembered(item, nanos.getAsLong());
    synchronized (this) {
      // Put plainly, what is there already would keep its old place.
      items.putLast(item.id(), remembered);
    }
  }

  /**
   * Gives what is remembered of an item and forgets it: most items are asked for once, and what has
   * become wrong misleads once at most.
   *
   * @return null if nothing is
   */
  public HeldItem take(UUID itemId) {
    var remembered = forgotten(itemId);
    if (remembered == null) {
      return null;
    }
    long age = nanos.getAsLong() - remembered.since();
    return age < remembered.item().heartbeatEverySeconds() * NANOS_PER_SECOND
        ? remembered.item()
        : null;
  }

  private synchronized Remembered forgotten(UUID itemId) {
    return items.remove(itemId);
  }

  /** The item's row has changed. */
  public synchronized void forget(UUID itemId) {
    items.remove(itemId);
  }
}
