package dev.orderly.cluster;

import java.util.Set;
import java.util.function.Consumer;

/**
 * Which node does what. It is a hint: while membership changes nodes may disagree for a moment,
 * which costs a hop or a second desk, and never safety.
 */
public interface Placement {
  /** This run of this node; a node that starts again is another one. */
  String self();

  /**
   * @return where others reach a node's membership; null if it is gone, or this one and alone
   */
  String address(String node);

  /** How many leasing verticles share a node's desks; one if nobody knows. */
  int deskHosts(String node);

  /** Every node that is there, this one included. */
  Set<String> nodes();

  /** Whether no other node is there. */
  default boolean isAlone() {
    return nodes().size() == 1;
  }

  /**
   * @return the node on which the shard's desk lives; this one if nobody knows
   */
  String ownerOf(int shard);

  /** Calls back after shards may have moved, on any thread. */
  void onMove(Runnable listener);

  /** Calls back with a node that is gone, on any thread. */
  void onLeave(Consumer<String> listener);

  /** A node that is alone owns everything. */
  static Placement alone(String self, int deskHosts) {
    return new Placement() {
      @Override
      public String self() {
        return self;
      }

      @Override
      public String address(String node) {
        return null;
      }

      @Override
      public int deskHosts(String node) {
        return deskHosts;
      }

      @Override
      public Set<String> nodes() {
        return Set.of(self);
      }

      @Override
      public String ownerOf(int shard) {
        return self;
      }

      @Override
      public void onMove(Runnable listener) {}

      @Override
      public void onLeave(Consumer<String> listener) {}
    };
  }
}
