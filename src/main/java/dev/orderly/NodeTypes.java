package dev.orderly;

import dev.orderly.config.Home;
import dev.orderly.config.TypesConfig;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeLimits;
import dev.orderly.types.registry.Registry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A node's order types, as they are configured. */
final class NodeTypes {
  private NodeTypes() {}

  static List<OrderType> load(TypesConfig config) {
    return Registry.load(
        config.paths().stream().map(Home::find).toList(), Home.find(config.pluginsDir()));
  }

  /**
   * What limits them, for other nodes to compare: it is asked of whichever node has a queue's desk,
   * so it should be the same on all.
   */
  static Map<String, String> limits(Collection<OrderType> types) {
    return types.stream()
        .collect(
            Collectors.toMap(
                type -> "limits of type " + type.name(), type -> said(type.settings().limits())));
  }

  private static String said(TypeLimits limits) {
    var said = new ArrayList<String>();
    add(said, "leases", limits.leases());
    add(said, "leases per key", limits.leasesPerKey());
    add(said, "checkouts per second", limits.checkoutsPerSecond());
    if (limits.fair()) {
      said.add("keys in turn");
    }
    return said.isEmpty() ? "none" : String.join(" and ", said);
  }

  private static void add(List<String> said, String what, Number number) {
    if (number != null) {
      said.add(number + " " + what);
    }
  }
}
