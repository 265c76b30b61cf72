package dev.orderly.cluster;

import dev.orderly.bus.Address;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What is asked about the cluster, and what is answered. */
public final class ClusterMessages {
  private ClusterMessages() {}

  /** Who are you. */
  public record Describe() {}

  /**
   * One node, as it describes itself.
   *
   * @param version of the software; null if it is not packaged
   * @param url where its API is
   * @param verticles how many instances of each it runs
   * @param shards whose desks it hosts, as it sees it
   */
  public record NodeDescription(
      String id,
      String version,
      String url,
      String address,
      Instant startedAt,
      Map<String, Integer> verticles,
      List<Integer> shards) {}

  public static Address<Describe, NodeDescription> describe(String node) {
    return new Address<>("cluster.describe@" + node, Describe.class, NodeDescription.class);
  }
}
