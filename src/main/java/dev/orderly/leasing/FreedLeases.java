package dev.orderly.leasing;

import dev.orderly.bus.Bus;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseHints.LostLease;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.lifecycle.WorkHints.AgentFreed;
import dev.orderly.lifecycle.WorkHints.TypeFreed;
import java.util.Collection;
import java.util.Objects;

/** Tells those who wait that limits may leave room again, as leases have ended. */
public final class FreedLeases {
  private FreedLeases() {}

  /**
   * A lease that counted and does no more.
   *
   * @param queue null if it did not count among its type's
   * @param agentId null if it did not count among its agent's
   */
  public record Freed(Queue queue, String tenant, String agentId) {
    public static Freed of(HeldItem item) {
      return of(item.tenant(), item.type(), item.agentId(), item.limited(), item.agentCounted());
    }

    public static Freed of(
        String tenant, String type, String agentId, boolean limited, boolean agentCounted) {
      return new Freed(
          limited ? new Queue(tenant, type) : null, tenant, agentCounted ? agentId : null);
    }
  }

  /**
   * Tells who lost a lease as what its item depends on was taken back, and who may have one now.
   *
   * @param orders committed
   */
  public static void withdrawn(Bus bus, Collection<OrderMove> orders) {
    var leases = orders.stream().flatMap(order -> order.withdrawn().stream()).toList();
    if (leases.isEmpty()) {
      return;
    }
    bus.publish(
        LeaseHints.WITHDRAWN,
        new Lost(leases.stream().map(l -> new LostLease(l.itemId(), l.fence())).toList()));
    announce(
        bus,
        leases.stream()
            .map(l -> Freed.of(l.tenant(), l.type(), l.agentId(), l.limited(), l.agentCounted()))
            .toList());
  }

  /**
   * @param freed committed
   */
  public static void announce(Bus bus, Collection<Freed> freed) {
    freed.stream()
        .map(Freed::queue)
        .filter(Objects::nonNull)
        .distinct()
        .forEach(queue -> WorkHints.publish(bus, queue.tenant(), queue.type(), 1, 0));
    // Its type's other queues may have work for which there was no room.
    freed.stream()
        .filter(f -> f.queue() != null)
        .map(f -> new TypeFreed(f.tenant()))
        .distinct()
        .forEach(type -> bus.publish(WorkHints.TYPE_FREED, type));
    freed.stream()
        .filter(f -> f.agentId() != null)
        .map(f -> new AgentFreed(f.tenant(), f.agentId()))
        .distinct()
        .forEach(agent -> bus.publish(WorkHints.AGENT_FREED, agent));
  }
}
