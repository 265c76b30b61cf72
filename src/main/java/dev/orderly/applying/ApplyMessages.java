package dev.orderly.applying;

import dev.orderly.bus.Topic;
import java.util.UUID;

/** Hints to and from the apply step. */
public final class ApplyMessages {
  private ApplyMessages() {}

  /** An order was approved: its change may begin. */
  public static final Topic<Wake> WAKE = new Topic<>("apply.wake", Wake.class);

  /** An order's apply is over, for good or ill: its state is completed or failed. */
  public static final Topic<Settled> SETTLED = new Topic<>("apply.settled", Settled.class);

  public record Wake(UUID orderId) {}

  public record Settled(UUID orderId) {}
}
