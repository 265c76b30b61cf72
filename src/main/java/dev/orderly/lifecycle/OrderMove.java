package dev.orderly.lifecycle;

import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.OrderState;
import java.util.List;
import java.util.UUID;

/**
 * Where an order stands after its items moved.
 *
 * @param from its state before
 * @param steps the states that it passed, last the present one; empty if it stayed
 */
public record OrderMove(
    UUID orderId, String tenant, OrderState from, List<OrderState> steps, ItemCounts counts) {

  public OrderState state() {
    return steps.isEmpty() ? from : steps.getLast();
  }
}
