package dev.orderly.domain;

import java.util.List;

/** The agent ids that a token may act as. */
public final class AgentIds {
  private AgentIds() {}

  /**
   * @param allowed ids; a trailing {@code *} stands for any ending
   */
  public static boolean allow(List<String> allowed, String agentId) {
    return allowed.stream()
        .anyMatch(
            id ->
                id.endsWith("*")
                    ? agentId.startsWith(id.substring(0, id.length() - 1))
                    : id.equals(agentId));
  }
}
