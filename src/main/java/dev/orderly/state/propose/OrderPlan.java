package dev.orderly.state.propose;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.Pointers;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.state.dependencies.DependencyGraph;
import dev.orderly.state.dependencies.EarlierOrders;
import dev.orderly.state.dependencies.PlannedDependencies;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import io.vertx.sqlclient.SqlConnection;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What an order type makes of a proposal.
 *
 * @param limitKeys of the items, in their order; each is null unless the type has limits
 * @param required the keys of the parts that each item must have; null unless the type takes parts
 * @param dependencies of the items
 */
public record OrderPlan(
    List<ItemPlan> items,
    String[] limitKeys,
    List<List<String>> required,
    PlannedDependencies dependencies) {
  /** More items than this belong into several orders. */
  static final int MAX_ITEMS = 10_000;

  /** The same plan after the orders that the proposal names. */
  OrderPlan after(SqlConnection connection, Propose command) {
    var earlier = EarlierOrders.find(connection, command.caller().tenant(), command.dependsOn());
    return new OrderPlan(
        items, limitKeys, required, new PlannedDependencies(dependencies.graph(), earlier));
  }

  /**
   * Asks the type.
   *
   * @throws Rejected if the payload is not valid, or cannot be planned
   */
  static OrderPlan of(OrderType type, OrderView order) {
    var violations = type.validatePayload(order.payload());
    if (!violations.isEmpty()) {
      throw Rejected.invalid(
          "The payload does not satisfy the schema of " + type.name(),
          Pointers.under("/payload", violations));
    }
    List<ItemPlan> items;
    String[] limitKeys;
    List<List<String>> required;
    try {
      items = type.plan(order);
      limitKeys = limitKeys(type, order, items);
      required = requiredParts(type, order, items);
    } catch (TypeFailure e) {
      throw Rejected.invalid(
          "This payload cannot be planned by %s: %s".formatted(type.name(), e.getMessage()),
          List.of(new Violation("/payload", "plan_failed", e.getMessage())));
    }
    if (items.isEmpty()) {
      throw new Rejected(
          ErrorCode.EMPTY_PLAN,
          "The plan of %s has no items for this payload".formatted(type.name()),
          List.of(new Violation("/payload", "empty_plan", "plans no items")),
          List.of());
    }
    if (items.size() > MAX_ITEMS) {
      throw Rejected.invalid(
          "The plan has %d items; an order takes at most %d".formatted(items.size(), MAX_ITEMS),
          List.of(new Violation("/payload", "too_many_items", "plans too many items")));
    }
    return new OrderPlan(
        items, limitKeys, required, PlannedDependencies.of(DependencyGraph.of(items)));
  }

  private static String[] limitKeys(OrderType type, OrderView order, List<ItemPlan> items) {
    var keys = new String[items.size()];
    if (type.settings().limits().any() && items.size() <= MAX_ITEMS) {
      Arrays.setAll(keys, i -> Objects.requireNonNullElse(type.limitKey(order, items.get(i)), ""));
    }
    return keys;
  }

  private static List<List<String>> requiredParts(
      OrderType type, OrderView order, List<ItemPlan> items) {
    var parts = type.parts();
    return parts == null || items.size() > MAX_ITEMS
        ? null
        : items.stream()
            .map(
                item ->
                    parts
                        .rules()
                        .requiredParts(
                            order,
                            new ItemView(null, queue(item, order), item.key(), item.input(), null)))
            .toList();
  }

  /** The queue that an item of the order stands in. */
  static String queue(ItemPlan item, OrderView order) {
    return item.type() == null ? order.type() : item.type();
  }
}
