package dev.orderly.types;

/**
 * How much of a type may be under way at once, in each tenant, on all nodes together.
 *
 * @param leases live leases of the type; null for no limit
 * @param leasesPerKey live leases among items with the same {@link OrderType#limitKey}; null for no
 *     limit
 * @param checkoutsPerSecond items leased per second; null for no limit
 * @param fair whether the keys take turns
 */
public record TypeLimits(
    Integer leases, Integer leasesPerKey, Double checkoutsPerSecond, boolean fair) {

  public static final TypeLimits NONE = new TypeLimits(null, null, null, false);

  public TypeLimits {
    require(leases == null || leases >= 1, "leases must be at least 1");
    require(leasesPerKey == null || leasesPerKey >= 1, "leases_per_key must be at least 1");
    require(
        checkoutsPerSecond == null || checkoutsPerSecond > 0,
        "checkouts_per_second must be more than 0");
  }

  /** Whether checkouts have to look at anything beside the queue. */
  public boolean any() {
    return !equals(NONE);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
