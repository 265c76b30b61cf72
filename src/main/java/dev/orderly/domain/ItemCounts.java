package dev.orderly.domain;

import java.util.Arrays;

/** How many of an order's items are in each state. Immutable. */
public final class ItemCounts {
  private final int[] counts;

  private ItemCounts(int[] counts) {
    this.counts = counts;
  }

  /** Counts in the order of {@link ItemState}'s constants. */
  public static ItemCounts of(int... counts) {
    if (counts.length != ItemState.values().length) {
      throw new IllegalArgumentException("expected one count per item state");
    }
    return new ItemCounts(counts.clone());
  }

  public static ItemCounts queued(int items) {
    var counts = new int[ItemState.values().length];
    counts[ItemState.QUEUED.ordinal()] = items;
    return new ItemCounts(counts);
  }

  public int in(ItemState state) {
    return counts[state.ordinal()];
  }

  public int total() {
    return Arrays.stream(counts).sum();
  }

  /**
   * @throws IllegalStateException if fewer than {@code items} were in {@code from}
   */
  public ItemCounts moved(ItemState from, ItemState to, int items) {
    var next = counts.clone();
    next[from.ordinal()] -= items;
    next[to.ordinal()] += items;
    if (next[from.ordinal()] < 0) {
      throw new IllegalStateException("fewer items in " + from + " than leave it");
    }
    return new ItemCounts(next);
  }

  /** A copy, in the order of {@link ItemState}'s constants. */
  public Integer[] toArray() {
    return Arrays.stream(counts).boxed().toArray(Integer[]::new);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ItemCounts that && Arrays.equals(counts, that.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }

  @Override
  public String toString() {
    return Arrays.toString(counts);
  }
}
