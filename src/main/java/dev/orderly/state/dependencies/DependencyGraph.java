package dev.orderly.state.dependencies;

import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.types.ItemPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Which items of a plan come before which. Items are named by their index in the plan. */
public final class DependencyGraph {
  /** How many dependencies the items of an order may have together. */
  public static final int MAX_EDGES = 50_000;

  /** How many an item may have: its agent gets all of their results. */
  public static final int MAX_PER_ITEM = 1_000;

  private static final String POINTER = "/payload";
  private static final int SHOWN_VIOLATIONS = 20;
  private static final int SHOWN_OF_CYCLE = 12;

  private final List<int[]> dependencies;
  private final int[] order;

  private DependencyGraph(List<int[]> dependencies, int[] order) {
    this.dependencies = dependencies;
    this.order = order;
  }

  /**
   * @return null if no item depends on another
   * @throws Rejected {@code invalid} if a dependency names no other item of the plan, or if items
   *     depend on each other in a circle
   */
  public static DependencyGraph of(List<ItemPlan> items) {
    if (items.stream().allMatch(item -> item.dependsOn().isEmpty())) {
      return null;
    }
    requireBounded(items);
    var violations = new ArrayList<Violation>();
    var dependencies = dependencies(items, violations);
    if (!violations.isEmpty()) {
      throw Rejected.invalid(
          "The plan's dependencies are not valid: " + violations.getFirst().message(), violations);
    }
    var order = order(dependencies);
    if (order.length < items.size()) {
      var cycle = cycle(items, dependencies, order);
      throw Rejected.invalid(
          "Items of the plan depend on each other in a circle: " + cycle,
          List.of(new Violation(POINTER, "dependency_cycle", cycle)));
    }
    return new DependencyGraph(dependencies, order);
  }

  /** Every item's index, each after those of all that it depends on; else as in the plan. */
  public int[] order() {
    return order.clone();
  }

  /** The indexes of the items that this one depends on. */
  int[] of(int item) {
    return dependencies.get(item).clone();
  }

  int size() {
    return dependencies.size();
  }

  /** How many others each item waits for. */
  public Integer[] counts() {
    return dependencies.stream().map(d -> d.length).toArray(Integer[]::new);
  }

  private static void requireBounded(List<ItemPlan> items) {
    long edges = items.stream().mapToLong(item -> item.dependsOn().size()).sum();
    if (edges > MAX_EDGES) {
      throw tooMany(
          "The plan has %d dependencies; an order takes at most %d".formatted(edges, MAX_EDGES));
    }
    for (int i = 0; i < items.size(); i++) {
      int own = items.get(i).dependsOn().size();
      if (own > MAX_PER_ITEM) {
        throw tooMany(
            "%s has %d dependencies; an item takes at most %d"
                .formatted(name(items, i), own, MAX_PER_ITEM));
      }
    }
  }

  private static Rejected tooMany(String message) {
    return Rejected.invalid(
        message, List.of(new Violation(POINTER, "too_many_dependencies", message)));
  }

  private static List<int[]> dependencies(List<ItemPlan> items, List<Violation> violations) {
    var byKey = new HashMap<String, Integer>();
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).key() != null) {
        byKey.putIfAbsent(items.get(i).key(), i);
      }
    }
    var dependencies = new ArrayList<int[]>(items.size());
    for (int i = 0; i < items.size(); i++) {
      dependencies.add(of(items, i, byKey, violations));
    }
    return dependencies;
  }

  private static int[] of(
      List<ItemPlan> items, int item, Map<String, Integer> byKey, List<Violation> violations) {
    var seen = new HashSet<String>();
    var found = IntStream.builder();
    for (var key : items.get(item).dependsOn()) {
      var other = byKey.get(key);
      if (other == null) {
        fault(
            violations,
            "unknown_dependency",
            items,
            item,
            "depends on %s, which no item of the plan is called",
            key);
      } else if (other == item) {
        fault(violations, "depends_on_itself", items, item, "depends on itself, as %s", key);
      } else if (!seen.add(key)) {
        fault(violations, "duplicate_dependency", items, item, "depends on %s more than once", key);
      } else {
        found.add(other);
      }
    }
    return found.build().toArray();
  }

  private static void fault(
      List<Violation> violations,
      String code,
      List<ItemPlan> items,
      int item,
      String words,
      String key) {
    if (violations.size() < SHOWN_VIOLATIONS) {
      violations.add(new Violation(POINTER, code, name(items, item) + " " + words.formatted(key)));
    }
  }

  private static String name(List<ItemPlan> items, int item) {
    var key = items.get(item).key();
    return key == null ? "Item %d".formatted(item + 1) : "Item %d (%s)".formatted(item + 1, key);
  }

  /** Without those on a circle or behind one. */
  private static int[] order(List<int[]> dependencies) {
    int size = dependencies.size();
    var dependents = IntStream.range(0, size).mapToObj(i -> new ArrayList<Integer>()).toList();
    var left = new int[size];
    var ready = new PriorityQueue<Integer>();
    for (int i = 0; i < size; i++) {
      left[i] = dependencies.get(i).length;
      for (int other : dependencies.get(i)) {
        dependents.get(other).add(i);
      }
      if (left[i] == 0) {
        ready.add(i);
      }
    }
    var order = IntStream.builder();
    while (!ready.isEmpty()) {
      int next = ready.remove();
      order.add(next);
      for (int dependent : dependents.get(next)) {
        if (--left[dependent] == 0) {
          ready.add(dependent);
        }
      }
    }
    return order.build().toArray();
  }

  /** Each item that is not in the order depends on another that is not: so going on leads back. */
  private static String cycle(List<ItemPlan> items, List<int[]> dependencies, int[] order) {
    var ordered = new boolean[items.size()];
    for (int item : order) {
      ordered[item] = true;
    }
    int at = 0;
    while (ordered[at]) {
      at++;
    }
    var path = new ArrayList<Integer>();
    var places = new HashMap<Integer, Integer>();
    while (places.putIfAbsent(at, path.size()) == null) {
      path.add(at);
      at =
          IntStream.of(dependencies.get(at))
              .filter(other -> !ordered[other])
              .findFirst()
              .orElseThrow();
    }
    var cycle = path.subList(places.get(at), path.size());
    var keys =
        cycle.stream()
            .map(item -> items.get(item).key())
            .collect(Collectors.toCollection(ArrayList::new));
    keys.add(keys.getFirst());
    if (keys.size() > SHOWN_OF_CYCLE) {
      int hidden = keys.size() - SHOWN_OF_CYCLE;
      keys.subList(SHOWN_OF_CYCLE - 1, keys.size() - 1).clear();
      keys.add(SHOWN_OF_CYCLE - 1, "(%d more)".formatted(hidden));
    }
    return String.join(" → ", keys);
  }
}
