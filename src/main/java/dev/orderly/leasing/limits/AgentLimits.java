package dev.orderly.leasing.limits;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * How much each agent may have at once and how fast it may get it. The same on every node.
 *
 * @param leases live leases
 * @param checkoutsPerSecond items leased per second
 */
public record AgentLimits(Numbers leases, Numbers checkoutsPerSecond) {
  public static final AgentLimits NONE = new AgentLimits(Numbers.NONE, Numbers.NONE);

  /**
   * Numbers for agents; 0 is no limit.
   *
   * @param usual for agents that none of the others fits
   * @param others by agent id, where a trailing {@code *} stands for any ending; of several that
   *     fit, an id itself counts before any with a {@code *}, of these the longest
   */
  public record Numbers(int usual, Map<String, Integer> others) {
    public static final Numbers NONE = new Numbers(0, Map.of());

    boolean any() {
      return usual > 0 || others.values().stream().anyMatch(number -> number > 0);
    }

    /** Null if there is no limit. */
    Integer of(String agent) {
      int number =
          others.entrySet().stream()
              .filter(other -> fits(other.getKey(), agent))
              .max(Comparator.comparingInt(other -> weight(other.getKey())))
              .map(Map.Entry::getValue)
              .orElse(usual);
      return number == 0 ? null : number;
    }

    private static int weight(String pattern) {
      return pattern.endsWith("*") ? pattern.length() : Integer.MAX_VALUE;
    }

    private static boolean fits(String pattern, String agent) {
      return pattern.endsWith("*")
          ? agent.startsWith(pattern.substring(0, pattern.length() - 1))
          : pattern.equals(agent);
    }

    /**
     * @param others texts such as {@code crawler-*=20}; of two for the same agents the last counts
     */
    public static Numbers of(int usual, Iterable<String> others) {
      var numbers = new HashMap<String, Integer>();
      for (var other : others) {
        int at = other.lastIndexOf('=');
        numbers.put(other.substring(0, at), Integer.valueOf(other.substring(at + 1)));
      }
      return new Numbers(usual, Map.copyOf(numbers));
    }
  }

  /** Whether any agent is limited at all. */
  public boolean any() {
    return leases.any() || checkoutsPerSecond.any();
  }

  /** Whether agents' live leases have to be counted. */
  public boolean countLeases() {
    return leases.any();
  }
}
