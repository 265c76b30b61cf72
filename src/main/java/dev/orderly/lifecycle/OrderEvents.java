package dev.orderly.lifecycle;

import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The audit events of orders' own transitions. */
public final class OrderEvents {
  private OrderEvents() {}

  /** Who moved an order, and by which request. */
  public record Cause(UUID orderId, Actor actor, String requestId) {
    /** A caller as the agent that it acts as. */
    public static Cause agent(UUID orderId, Caller caller) {
      return new Cause(orderId, caller.agent(), caller.requestId());
    }

    /** A caller as the holder of its token. */
    public static Cause actor(UUID orderId, Caller caller) {
      return new Cause(orderId, caller.actor(), caller.requestId());
    }
  }

  /**
   * One event for each step that each order took.
   *
   * @param causes where several are given for an order, the first counts
   */
  public static List<Event> of(Map<UUID, OrderMove> orders, List<Cause> causes) {
    var events = new ArrayList<Event>();
    var told = new HashSet<UUID>();
    for (var cause : causes) {
      if (told.add(cause.orderId())) {
        var move = orders.get(cause.orderId());
        var from = move.from();
        for (var to : move.steps()) {
          events.add(
              Event.of(move.tenant(), move.orderId(), null, type(to), cause.actor())
                  .moved(from, to)
                  .request(cause.requestId()));
          from = to;
        }
      }
    }
    return events;
  }

  /** What entering a state is called in the audit trail. */
  public static EventType type(OrderState state) {
    return switch (state) {
      case QUEUED -> EventType.REQUEUED;
      case CHECKED_OUT -> EventType.CHECKED_OUT;
      case IN_PROGRESS -> EventType.IN_PROGRESS;
      case SUBMITTED -> EventType.SUBMITTED;
      case APPROVED -> EventType.APPROVED;
      case APPLIED -> EventType.APPLIED;
      case COMPLETED -> EventType.COMPLETED;
      case REJECTED -> EventType.REJECTED;
      case FAILED -> EventType.FAILED;
      case DEAD_LETTERED -> EventType.DEAD_LETTERED;
      case CANCELLED -> EventType.CANCELLED;
    };
  }
}
