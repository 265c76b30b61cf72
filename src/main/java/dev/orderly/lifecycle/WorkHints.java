package dev.orderly.lifecycle;

import dev.orderly.bus.Bus;
import dev.orderly.bus.Topic;
import java.util.Collection;

/** Tells whoever waits for work that some appeared. */
public final class WorkHints {
  private WorkHints() {}

  /**
   * Items can be leased, now or soon.
   *
   * @param type the queue
   * @param inMillis how long they still rest
   */
  public record Work(String tenant, String type, int items, long inMillis) {}

  public static final Topic<Work> AVAILABLE = new Topic<>("work.available", Work.class);

  /** A lease of an agent whose leases are limited has ended. */
  public record AgentFreed(String tenant, String agentId) {}

  public static final Topic<AgentFreed> AGENT_FREED =
      new Topic<>("work.agent-freed", AgentFreed.class);

  /** A lease of a type whose leases are limited has ended, in whatever queue of the type's. */
  public record TypeFreed(String tenant) {}

  public static final Topic<TypeFreed> TYPE_FREED = new Topic<>("work.type-freed", TypeFreed.class);

  /**
   * What can begin as what it depends on is done.
   *
   * @param orders committed
   */
  public static void unblocked(Bus bus, Collection<OrderMove> orders) {
    for (var order : orders) {
      order.unblocked().forEach((type, items) -> publish(bus, order.tenant(), type, items, 0));
    }
  }

  public static void publish(Bus bus, String tenant, String type, int items, long inMillis) {
    bus.publish(AVAILABLE, new Work(tenant, type, items, inMillis));
  }
}
