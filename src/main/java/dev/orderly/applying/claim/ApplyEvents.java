package dev.orderly.applying.claim;

import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Transitions;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.types.ItemView;

/** The audit events of the apply step. */
final class ApplyEvents {
  static final Actor ACTOR = Actor.system("apply");

  private ApplyEvents() {}

  static Event of(Claim claim, EventType type) {
    return Event.of(claim.tenant(), claim.orderId(), claim.itemId(), type, ACTOR);
  }

  /** An order's transition, which the table must allow. */
  static Event step(Claim claim, OrderState from, OrderState to) {
    Transitions.ORDER.require(from, to);
    return of(claim, OrderEvents.type(to)).moved(from, to);
  }

  static Event completed(Claim claim, ItemView item) {
    Transitions.ITEM.require(ItemState.ACCEPTED, ItemState.COMPLETED);
    return Event.of(claim.tenant(), claim.orderId(), item.id(), EventType.COMPLETED, ACTOR)
        .moved(ItemState.ACCEPTED, ItemState.COMPLETED);
  }
}
