package dev.orderly.config;

import java.util.List;

/**
 * Limits for agents; those of order types stand with the types.
 *
 * @param agentLeasesFor {@code agent=number} each
 * @param agentCheckoutsPerSecondFor {@code agent=number} each
 */
public record LimitsConfig(
    @Key(
            about = "The most items that an agent may hold at once; 0 for any number.",
            fallback = "0",
            max = 1_000_000)
        int agentLeases,
    @Key(
            about =
                "The most items that an agent may check out in a second, whether one by one or"
                    + " several at a time; 0 for any number.",
            fallback = "0",
            max = 1_000_000)
        int agentCheckoutsPerSecond,
    @Key(
            about =
                "Other numbers than agent_leases for some agents, such as crawler-*=20; a * at the"
                    + " end stands for any ending, and of several that fit the longest counts.",
            optional = true,
            pattern = "[^=,\\s]{1,200}=[0-9]{1,6}",
            allowed = "agents and numbers, as in crawler-*=20")
        List<String> agentLeasesFor,
    @Key(
            about = "Other numbers than agent_checkouts_per_second for some agents, likewise.",
            optional = true,
            pattern = "[^=,\\s]{1,200}=[0-9]{1,6}",
            allowed = "agents and numbers, as in crawler-*=20")
        List<String> agentCheckoutsPerSecondFor) {

  public LimitsConfig {
    agentLeasesFor = agentLeasesFor == null ? List.of() : List.copyOf(agentLeasesFor);
    agentCheckoutsPerSecondFor =
        agentCheckoutsPerSecondFor == null ? List.of() : List.copyOf(agentCheckoutsPerSecondFor);
  }
}
