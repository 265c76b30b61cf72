package dev.orderly.cluster;

import dev.orderly.config.Config;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * What a node is set to that others of its cluster must be set to as well. Each tells it to the
 * others when it joins.
 *
 * @param needed by configuration key: nodes that differ cannot work together
 * @param wished by configuration key: nodes that differ work, but not as their operator expects
 */
record Agreement(Map<String, String> needed, Map<String, String> wished) {

  /**
   * @param besides what else is wished to be the same
   */
  static Agreement of(Config config, Map<String, String> besides) {
    var wished = new TreeMap<>(wished(config));
    wished.putAll(besides);
    return new Agreement(
        Map.of(
            "leasing.shards",
            "" + config.leasing().shards(),
            "cluster.tls_cert",
            config.cluster().tlsCert() == null ? "not given" : "given"),
        wished);
  }

  private static Map<String, String> wished(Config config) {
    var limits = config.limits();
    var parts = config.parts();
    return Map.of(
        "leasing.backend", config.leasing().backend(),
        "limits.agent_leases", "" + limits.agentLeases(),
        "limits.agent_checkouts_per_second", "" + limits.agentCheckoutsPerSecond(),
        "limits.agent_leases_for", sorted(limits.agentLeasesFor()),
        "limits.agent_checkouts_per_second_for", sorted(limits.agentCheckoutsPerSecondFor()),
        "parts.max_count", "" + parts.maxCount(),
        "parts.max_part_bytes", "" + parts.maxPartBytes(),
        "parts.max_total_bytes", "" + parts.maxTotalBytes(),
        "artifacts.store", config.artifacts().store());
  }

  private static String sorted(List<String> values) {
    return values.stream().sorted().toList().toString();
  }

  /** All of it, as it is told to others. */
  Map<String, String> all() {
    var all = new TreeMap<>(needed);
    all.putAll(wished);
    return all;
  }

  /**
   * @param there another node's value of a key, null if it is of a version that does not tell it
   * @return what differs, in words; empty if nothing does
   */
  static List<String> differences(Map<String, String> here, UnaryOperator<String> there) {
    return new TreeMap<>(here)
        .entrySet().stream()
            .filter(
                entry ->
                    there.apply(entry.getKey()) != null
                        && !there.apply(entry.getKey()).equals(entry.getValue()))
            .map(
                entry ->
                    "%s is %s there and %s here"
                        .formatted(entry.getKey(), there.apply(entry.getKey()), entry.getValue()))
            .toList();
  }
}
