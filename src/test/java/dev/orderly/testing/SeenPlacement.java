package dev.orderly.testing;

import dev.orderly.cluster.Placement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What one node believes about its cluster: as a test says, all shards are one node's. */
public final class SeenPlacement implements Placement {
  private final String self;
  private final Map<String, Integer> deskHosts;
  private final List<Runnable> moves = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> leaves = new CopyOnWriteArrayList<>();
  private volatile String owner;

  /**
   * @param owner who has all shards at first
   * @param deskHosts how many leasing verticles each node has; of any other node {@link
   *     Engine#DESK_HOSTS}
   */
  public SeenPlacement(String self, String owner, Map<String, Integer> deskHosts) {
    this.self = self;
    this.owner = owner;
    this.deskHosts = deskHosts;
  }

  public void owner(String node) {
    owner = node;
    moves.forEach(Runnable::run);
  }

  public void gone(String node) {
    leaves.forEach(listener -> listener.accept(node));
  }

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
    return deskHosts.getOrDefault(node, Engine.DESK_HOSTS);
  }

  @Override
  public Set<String> nodes() {
    return Stream.of(self, owner).collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public String ownerOf(int shard) {
    return owner;
  }

  @Override
  public void onMove(Runnable listener) {
    moves.add(listener);
  }

  @Override
  public void onLeave(Consumer<String> listener) {
    leaves.add(listener);
  }
}
