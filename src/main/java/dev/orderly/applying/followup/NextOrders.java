package dev.orderly.applying.followup;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.claim.ApplyStore.Applied;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.code.JavaApplier;
import dev.orderly.audit.Event;
import dev.orderly.audit.ViolationJson;
import dev.orderly.bus.Bus;
import dev.orderly.domain.Actor;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.FollowUps;
import dev.orderly.lifecycle.FollowUps.ProposeFollowUp;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.FollowUp;
import dev.orderly.types.OrderType;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Proposes the orders that follow a change. Each is proposed once, however often this is tried. */
final class NextOrders {
  private static final Actor ACTOR = Actor.system("apply");

  private final Bus bus;
  private final JavaApplier java;

  NextOrders(Bus bus, JavaApplier java) {
    this.bus = bus;
    this.java = java;
  }

  /**
   * @param document what the type's expression reads
   * @return an event for each order that its type refuses; the others are proposed
   * @throws ApplyFailed if one may be proposed later
   * @throws dev.orderly.types.TypeFailure if the type does not say what to propose
   */
  List<Event> propose(Claim claim, OrderType type, Applied applied, JsonObject document) {
    var wanted = wanted(claim, type, applied, document);
    var refused = new ArrayList<Event>();
    ApplyFailed later = null;
    for (int i = 0; i < wanted.size(); i++) {
      var followUp = wanted.get(i);
      try {
        bus.call(FollowUps.PROPOSE, message(claim, followUp, i)).await();
      } catch (Rejected e) {
        // The type may be on its way to this node.
        boolean maybeLater = e.code().retryable() || e.code() == ErrorCode.UNKNOWN_TYPE;
        if (maybeLater && !claim.isLastAttempt()) {
          later =
              ApplyFailed.forNow(
                  "The follow-up order %s could not be proposed: %s"
                      .formatted(followUp.name(i), e.detail()),
                  e);
        } else {
          refused.add(refusal(claim, followUp, i, e));
        }
      }
    }
    if (later != null) {
      throw later;
    }
    return refused;
  }

  private List<FollowUp> wanted(Claim claim, OrderType type, Applied applied, JsonObject document) {
    var wanted = new ArrayList<FollowUp>();
    if (type.apply() instanceof ApplySpec.Java(var code)) {
      var own = java.followUps(claim, code, applied);
      if (own == null) {
        throw ApplyFailed.forNow("The type's code gave no list of follow-up orders", Duration.ZERO);
      }
      wanted.addAll(own);
    }
    var expression = type.applyExtras().followUps();
    if (expression != null) {
      wanted.addAll(FollowUp.read(expression.evaluate(document)));
    }
    return FollowUp.checked(wanted);
  }

  private static ProposeFollowUp message(Claim claim, FollowUp followUp, int position) {
    return new ProposeFollowUp(
        claim.tenant(),
        claim.orderId(),
        followUp.name(position),
        followUp.type(),
        followUp.payload(),
        followUp.meta(),
        followUp.priority());
  }

  private static Event refusal(Claim claim, FollowUp followUp, int position, Rejected refusal) {
    return Event.of(claim.tenant(), claim.orderId(), null, EventType.FOLLOW_UP_FAILED, ACTOR)
        .payload(
            new JsonObject()
                .put("name", followUp.name(position))
                .put("type", followUp.type())
                .put("code", refusal.code().wire())
                .put("errors", ViolationJson.of(refusal.errors())))
        .message(refusal.detail());
  }
}
