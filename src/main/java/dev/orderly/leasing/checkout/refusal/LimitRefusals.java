package dev.orderly.leasing.checkout.refusal;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.checkout.search.ClaimFilter;
import dev.orderly.leasing.checkout.search.LimitedWork;
import dev.orderly.leasing.limits.Room;
import java.util.ArrayList;
import java.util.List;

/** Says which limits stood in the way of a checkout that got nothing. */
public final class LimitRefusals {
  private static final String OF_AGENT = "limit.agent_";
  private static final String TYPE_LEASES = "limit.type_leases";
  private static final String KEY_LEASES = "limit.key_leases";

  private LimitRefusals() {}

  /**
   * @return null if no limit stood in its way; an agent that may have nothing is told so whether
   *     there is work or not
   */
  public static Rejected of(Checkout checkout, LimitedWork work, Room agent) {
    if (!agent.open()) {
      return ofAgent(checkout.caller().agentId(), agent);
    }
    var types = work.orderTypes(ClaimFilter.of(checkout));
    var limits = new ArrayList<Violation>();
    long waitMillis = Long.MAX_VALUE;
    for (var type : types) {
      var room = work.rooms().type(checkout.caller().tenant(), type);
      if (room.full()) {
        limits.add(
            violation(TYPE_LEASES, "type %s has its %d leases".formatted(type, room.most())));
      } else if (room.tooFast()) {
        waitMillis = Math.min(waitMillis, room.waitMillis());
        limits.add(
            violation(
                "limit.type_rate",
                "type %s has its %s checkouts per second"
                    .formatted(type, number(room.perSecond()))));
      } else if (work.isKeyFull(ClaimFilter.of(checkout), type)) {
        limits.add(
            violation(
                KEY_LEASES,
                "every key of type %s that has work has its %d leases"
                    .formatted(type, work.limits(type).leasesPerKey())));
      }
    }
    if (limits.isEmpty()) {
      return null;
    }
    return waitMillis == Long.MAX_VALUE ? full(limits) : tooFast(limits, waitMillis);
  }

  /** Whether it was for the agent's sake alone: another one may be given something. */
  public static boolean isOfAgent(Rejected refusal) {
    return refusal.errors().stream().anyMatch(error -> error.code().startsWith(OF_AGENT));
  }

  /** Whether as many items of a type or key are leased as may be. */
  public static boolean isOfType(Rejected refusal) {
    return refusal.errors().stream()
        .anyMatch(error -> error.code().equals(TYPE_LEASES) || error.code().equals(KEY_LEASES));
  }

  private static Rejected ofAgent(String agentId, Room agent) {
    return agent.full()
        ? full(
            List.of(
                violation(
                    OF_AGENT + "leases",
                    "agent %s has its %d leases".formatted(agentId, agent.most()))))
        : tooFast(
            List.of(
                violation(
                    OF_AGENT + "rate",
                    "agent %s has its %s checkouts per second"
                        .formatted(agentId, number(agent.perSecond())))),
            agent.waitMillis());
  }

  private static Rejected full(List<Violation> limits) {
    return new Rejected(
        ErrorCode.NO_ITEMS_AVAILABLE,
        "As much is under way as may be: " + words(limits),
        limits,
        List.of("Finish or release what is under way", "Check out again with wait"));
  }

  private static Rejected tooFast(List<Violation> limits, long waitMillis) {
    return new Rejected(
        ErrorCode.RATE_LIMITED,
        "Items are not given out any faster: " + words(limits),
        limits,
        List.of("Check out again after the time in Retry-After, or with wait"),
        Math.max(1, waitMillis));
  }

  private static String words(List<Violation> limits) {
    return String.join("; ", limits.stream().map(Violation::message).toList());
  }

  private static Violation violation(String code, String message) {
    return new Violation("", code, message);
  }

  private static String number(double perSecond) {
    return perSecond == Math.rint(perSecond)
        ? Long.toString((long) perSecond)
        : Double.toString(perSecond);
  }
}
