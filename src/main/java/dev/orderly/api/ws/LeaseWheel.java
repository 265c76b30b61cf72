package dev.orderly.api.ws;

import java.util.function.Consumer;

/**
 * When each of many leases is to be looked at. A heartbeat does not touch it: a lease that comes up
 * early is put back. Those further away than one turn come up at its end and are put back too.
 */
final class LeaseWheel {
  static final long TICK_MILLIS = 100;

  private static final long TICK_NANOS = TICK_MILLIS * 1_000_000;
  private static final int SLOTS = 1024;

  private final Watched[] slots = new Watched[SLOTS];
  private int cursor;
  private long cursorNanos;

  LeaseWheel(long nowNanos) {
    this.cursorNanos = nowNanos;
  }

  void put(Watched lease, long atNanos) {
    remove(lease);
    long ticks = Math.clamp((atNanos - cursorNanos + TICK_NANOS - 1) / TICK_NANOS, 1, SLOTS - 1);
    int slot = (int) ((cursor + ticks) % SLOTS);
    lease.slot = slot;
    lease.next = slots[slot];
    if (lease.next != null) {
      lease.next.previous = lease;
    }
    slots[slot] = lease;
  }

  void remove(Watched lease) {
    if (lease.slot < 0) {
      return;
    }
    if (lease.previous == null) {
      slots[lease.slot] = lease.next;
    } else {
      lease.previous.next = lease.next;
    }
    if (lease.next != null) {
      lease.next.previous = lease.previous;
    }
    lease.next = null;
    lease.previous = null;
    lease.slot = -1;
  }

  /** Takes out those that have come up; whoever looks at one may put it back. */
  void advance(long nowNanos, Consumer<Watched> look) {
    while (cursorNanos + TICK_NANOS <= nowNanos) {
      cursorNanos += TICK_NANOS;
      cursor = (cursor + 1) % SLOTS;
      // What is put back never comes into the slot that is being emptied.
      for (var lease = slots[cursor]; lease != null; lease = slots[cursor]) {
        remove(lease);
        look.accept(lease);
      }
    }
  }
}
