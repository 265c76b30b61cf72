package dev.orderly.lifecycle;

import dev.orderly.bus.Address;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/** How an order whose change was made proposes others. */
public final class FollowUps {
  private FollowUps() {}

  /**
   * Proposes an order, unless one of that name was proposed by the same order before.
   *
   * @param orderId the order that it follows
   * @param name what tells it from that order's other follow-ups
   */
  public record ProposeFollowUp(
      String tenant,
      UUID orderId,
      String name,
      String type,
      JsonObject payload,
      JsonObject meta,
      int priority) {}

  public record FollowUpProposed(UUID orderId) {}

  /** Refuses what a proposal over HTTP is refused for, and chains that are too long. */
  public static final Address<ProposeFollowUp, FollowUpProposed> PROPOSE =
      new Address<>("state.propose-follow-up", ProposeFollowUp.class, FollowUpProposed.class);
}
