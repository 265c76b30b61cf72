package dev.orderly.leasing.checkout.refusal;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Why checkouts got nothing.
 *
 * @param limits by the index of a checkout that limits stand in the way of
 * @param closed by order that gives no more work
 * @param blocked by order that gives none before others are done
 * @param neverPlanned item types that were asked for in vain and that nothing was ever planned for
 */
public record WhyNothing(
    Map<Integer, Rejected> limits,
    Map<UUID, Rejected> closed,
    Map<UUID, Rejected> blocked,
    Set<Queue> neverPlanned) {
  private static final String LATER = "Check out again later, with a pause that grows";

  /**
   * @param checkouts all of a batch
   * @param handed the indexes of those that got something
   * @param limits by the index of a checkout that limits stand in the way of
   */
  public static Future<WhyNothing> find(
      SqlConnection connection,
      List<Checkout> checkouts,
      Set<Integer> handed,
      Map<Integer, Rejected> limits,
      PlannedTypes planned) {
    var orders = new HashSet<UUID>();
    var queues = new HashSet<Queue>();
    for (int request = 0; request < checkouts.size(); request++) {
      var checkout = checkouts.get(request);
      if (handed.contains(request)) {
        continue;
      }
      if (checkout.orderId() != null) {
        orders.add(checkout.orderId());
      }
      checkout.types().forEach(type -> queues.add(new Queue(checkout.caller().tenant(), type)));
    }
    var closed = ClosedOrders.among(connection, orders);
    var blocked = BlockedOrders.among(connection, orders);
    var unknown = planned.without(connection, queues);
    return Pipeline.all(List.of(closed, blocked, unknown))
        .map(done -> new WhyNothing(limits, closed.result(), blocked.result(), unknown.result()));
  }

  /**
   * @param request the checkout's index in its batch
   */
  public Rejected of(int request, Checkout checkout) {
    var order = checkout.orderId();
    if (order != null && closed.containsKey(order)) {
      return closed.get(order);
    }
    if (limits.containsKey(request)) {
      return limits.get(request);
    }
    if (order != null && blocked.containsKey(order)) {
      return blocked.get(order);
    }
    var violations = violations(checkout);
    return violations.isEmpty()
        ? new Rejected(ErrorCode.NO_ITEMS_AVAILABLE, nothing(order)).next(LATER)
        : new Rejected(
            ErrorCode.NO_ITEMS_AVAILABLE,
            nothing(order) + "; of some types that were asked for, none was ever planned",
            violations,
            List.of("Check the names of the types", LATER));
  }

  private static String nothing(UUID order) {
    return order == null
        ? "No queued item matches; all are done, leased, resting after a failed attempt, or held with"
            + " their order"
        : "No item of order %s can be leased now".formatted(order);
  }

  private List<Violation> violations(Checkout checkout) {
    var tenant = checkout.caller().tenant();
    return checkout.types().stream()
        .filter(type -> neverPlanned.contains(new Queue(tenant, type)))
        .map(
            type ->
                new Violation(
                    "", "never_planned", "no item of type %s was ever planned".formatted(type)))
        .toList();
  }
}
