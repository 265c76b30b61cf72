package dev.orderly.lifecycle;

import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The audit events of orders' own transitions. */
public final class OrderEvents {
  private OrderEvents() {}

  /** One event for each step that each order took. */
  public static List<Event> of(Collection<OrderMove> moves, Actor actor, String requestId) {
    var events = new ArrayList<Event>();
    for (var move : moves) {
      var from = move.from();
      for (var to : move.steps()) {
        events.add(
            Event.of(move.tenant(), move.orderId(), null, type(to), actor)
                .payload(new JsonObject().put("from", from.wire()).put("to", to.wire()))
                .request(requestId));
        from = to;
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
