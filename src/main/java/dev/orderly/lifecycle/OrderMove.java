package dev.orderly.lifecycle;

import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.OrderState;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Where an order stands after its items moved.
 *
 * @param from its state before
 * @param steps the states that it passed, last the present one; empty if it stayed
 * @param dependent whether it, or any item of it, depends on others
 * @param unblocked how many of its items can begin now, as what they depend on is done, by queue
 * @param withdrawn leases that ended, as what their items depend on is not done any more
 */
public record OrderMove(
    UUID orderId,
    String tenant,
    OrderState from,
    List<OrderState> steps,
    ItemCounts counts,
    boolean dependent,
    Map<String, Integer> unblocked,
    List<Withdrawn> withdrawn) {

  public OrderState state() {
    return steps.isEmpty() ? from : steps.getLast();
  }

  OrderMove unblocking(Map<String, Integer> items) {
    return new OrderMove(
        orderId, tenant, from, steps, counts, dependent, Map.copyOf(items), withdrawn);
  }
}
