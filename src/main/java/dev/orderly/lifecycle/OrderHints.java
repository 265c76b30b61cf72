package dev.orderly.lifecycle;

import dev.orderly.bus.Topic;
import java.util.UUID;

/** Hints about orders between features: who listens may act sooner, and loses nothing without. */
public final class OrderHints {
  private OrderHints() {}

  public record OrderHint(UUID orderId) {}

  /** An order waits for its change to be made. */
  public static final Topic<OrderHint> APPROVED = new Topic<>("order.approved", OrderHint.class);

  /** An order's change was made, or failed for good. */
  public static final Topic<OrderHint> SETTLED = new Topic<>("order.settled", OrderHint.class);

  /**
   * An item of an order whose items are accepted one by one, automatically, is submitted. For one
   * listener.
   */
  public static final Topic<OrderHint> ITEM_SUBMITTED =
      new Topic<>("order.item-submitted", OrderHint.class);

  /** An order was cancelled, and the leases on its items with it. */
  public static final Topic<OrderHint> CANCELLED = new Topic<>("order.cancelled", OrderHint.class);

  /** Every item of an order is submitted. For one listener. */
  public static final Topic<OrderHint> SUBMITTED = new Topic<>("order.submitted", OrderHint.class);
}
