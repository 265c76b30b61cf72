package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.LeaseMessages.Checkout;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * What a checkout may be given. Requests with equal filters are served from one search.
 *
 * @param types queues; empty means any
 * @param orderId null means any order
 */
public record ClaimFilter(String tenant, List<String> types, UUID orderId, int minPriority) {
  public static ClaimFilter of(Checkout checkout) {
    return new ClaimFilter(
        checkout.caller().tenant(),
        List.copyOf(checkout.types()),
        checkout.orderId(),
        checkout.minPriority() == null ? 0 : checkout.minPriority());
  }

  /** Whether there may be items for both; true of a filter and itself. */
  boolean overlaps(ClaimFilter other) {
    return tenant.equals(other.tenant)
        && (types.isEmpty() || other.types.isEmpty() || !Collections.disjoint(types, other.types))
        && (orderId == null || other.orderId == null || orderId.equals(other.orderId));
  }
}
