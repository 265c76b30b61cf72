package dev.orderly.cluster;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.partition.MigrationListener;
import com.hazelcast.partition.MigrationState;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.ReplicaMigrationEvent;
import dev.orderly.config.ClusterConfig;
import dev.orderly.config.Config;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node as a member of a Hazelcast cluster. Nodes of another database have another cluster's
 * name and never meet.
 */
public final class HazelcastCluster implements Placement, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HazelcastCluster.class);

  /** How many leasing verticles a node has, as it tells the others. */
  private static final String DESK_HOSTS = "leasing.instances";

  private final HazelcastInstance hazelcast;
  private final Agreement agreement;

  /** By shard. To find the partition of a key costs more than to ask it for its owner. */
  private final Map<Integer, Partition> partitions = new ConcurrentHashMap<>();

  private final List<Runnable> moveListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> leaveListeners = new CopyOnWriteArrayList<>();

  private HazelcastCluster(HazelcastInstance hazelcast, Agreement agreement) {
    this.hazelcast = hazelcast;
    this.agreement = agreement;
  }

  /**
   * Joins the nodes that are there, or waits for others.
   *
   * @param wished what else than the configuration should be the same on every node, by name
   * @param databaseId names the database that all nodes of the cluster share
   * @param nodeId this run of this node
   * @throws IllegalStateException if the address cannot be taken, or a node that is there is set to
   *     something with which this one cannot work
   */
  public static HazelcastCluster join(
      Config node, Map<String, String> wished, String databaseId, String nodeId) {
    // Before its first word, which comes before it reads its settings.
    System.setProperty("hazelcast.logging.type", "slf4j");
    var config = node.cluster();
    OwnAddress.require(config);
    var agreement = Agreement.of(node, wished);
    var told = new HashMap<>(agreement.all());
    told.put(DESK_HOSTS, Integer.toString(node.leasing().instances()));
    HazelcastInstance hazelcast;
    try {
      hazelcast =
          Hazelcast.newHazelcastInstance(HazelcastSettings.of(config, databaseId, nodeId, told));
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "cannot join the cluster at %s port %d: %s"
              .formatted(config.host(), config.port(), e.getMessage()),
          e);
    }
    var cluster = new HazelcastCluster(hazelcast, agreement);
    try {
      cluster.requireAgreement();
    } catch (IllegalStateException e) {
      cluster.close();
      throw e;
    }
    cluster.listen();
    if (cluster.isAlone()) {
      LOG.info(
          "No other node answers at {}; this one works alone until one does",
          whereOthersAre(config));
    }
    return cluster;
  }

  private static String whereOthersAre(ClusterConfig config) {
    return config.discovery().equals("dns")
        ? config.dnsName()
            + (OwnAddress.resolves(config.dnsName()) ? "" : ", which does not resolve")
        : String.join(", ", config.members());
  }

  /** Of two nodes that differ, the later one must not stay. */
  private void requireAgreement() {
    for (var member : hazelcast.getCluster().getMembers()) {
      if (member.localMember()) {
        return;
      }
      var differences = differences(agreement.needed(), member);
      if (!differences.isEmpty()) {
        throw new IllegalStateException(
            "cannot work with the node at %s: %s; every node of a cluster needs the same"
                .formatted(address(member), differences));
      }
      warnOfDifferences(member);
    }
  }

  private void warnOfDifferences(Member member) {
    var differences = differences(agreement.wished(), member);
    if (!differences.isEmpty()) {
      LOG.warn(
          "The node at {} is set differently: {}; every node of a cluster should have the same",
          address(member),
          differences);
    }
  }

  private static String differences(Map<String, String> here, Member there) {
    return String.join(", ", Agreement.differences(here, there::getAttribute));
  }

  private static String address(Member member) {
    return member.getAddress().getHost() + ":" + member.getAddress().getPort();
  }

  private void listen() {
    hazelcast
        .getCluster()
        .addMembershipListener(
            new MembershipListener() {
              @Override
              public void memberAdded(MembershipEvent event) {
                var member = event.getMember();
                LOG.info("Node {} joined at {}", id(member), address(member));
                var different = differences(agreement.needed(), member);
                if (!different.isEmpty()) {
                  LOG.warn(
                      "The node at {} cannot work with this one and leaves: {}",
                      address(member),
                      different);
                }
                warnOfDifferences(member);
                moved();
              }

              @Override
              public void memberRemoved(MembershipEvent event) {
                var node = id(event.getMember());
                LOG.info("Node {} at {} is gone", node, address(event.getMember()));
                leaveListeners.forEach(listener -> listener.accept(node));
                moved();
              }
            });
    hazelcast
        .getPartitionService()
        .addMigrationListener(
            new MigrationListener() {
              @Override
              public void migrationStarted(MigrationState state) {}

              @Override
              public void migrationFinished(MigrationState state) {
                moved();
              }

              @Override
              public void replicaMigrationCompleted(ReplicaMigrationEvent event) {}

              @Override
              public void replicaMigrationFailed(ReplicaMigrationEvent event) {}
            });
  }

  private static String id(Member member) {
    return member.getAttribute(HazelcastSettings.NODE_ID);
  }

  private void moved() {
    moveListeners.forEach(Runnable::run);
  }

  /** What Vert.x builds its event bus on. */
  public ClusterManager manager() {
    return new HazelcastClusterManager(hazelcast);
  }

  @Override
  public String address(String node) {
    var member = member(node);
    return member == null ? null : address(member);
  }

  @Override
  public int deskHosts(String node) {
    var member = member(node);
    var told = member == null ? null : member.getAttribute(DESK_HOSTS);
    return told == null ? 1 : Integer.parseInt(told);
  }

  private Member member(String node) {
    for (var member : hazelcast.getCluster().getMembers()) {
      if (node.equals(id(member))) {
        return member;
      }
    }
    return null;
  }

  @Override
  public String self() {
    return id(hazelcast.getCluster().getLocalMember());
  }

  @Override
  public Set<String> nodes() {
    Cluster cluster = hazelcast.getCluster();
    return cluster.getMembers().stream()
        .map(HazelcastCluster::id)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Asked for each transaction of results: without a set of the nodes' names. */
  @Override
  public boolean isAlone() {
    return hazelcast.getCluster().getMembers().size() == 1;
  }

  @Override
  public String ownerOf(int shard) {
    var owner = partitions.computeIfAbsent(shard, this::partition).getOwner();
    return owner == null ? self() : id(owner);
  }

  private Partition partition(int shard) {
    return hazelcast.getPartitionService().getPartition("desk-" + shard);
  }

  @Override
  public void onMove(Runnable listener) {
    moveListeners.add(listener);
  }

  @Override
  public void onLeave(Consumer<String> listener) {
    leaveListeners.add(listener);
  }

  /**
   * Calls back when this node was cut off and has joined the others again under another name. The
   * event bus does not get over that: the node has to start anew.
   */
  public void onRejoin(Runnable listener) {
    hazelcast
        .getLifecycleService()
        .addLifecycleListener(
            event -> {
              if (event.getState() == LifecycleState.MERGED
                  || event.getState() == LifecycleState.MERGE_FAILED) {
                listener.run();
              }
            });
  }

  /** No more calls back: whoever listens is about to stop. */
  public void quiet() {
    moveListeners.clear();
    leaveListeners.clear();
  }

  /** Leaves the cluster in order: its shards go to the others first. */
  @Override
  public void close() {
    hazelcast.getPartitionService().forceLocalMemberToBeSafe(1, TimeUnit.SECONDS);
    hazelcast.getLifecycleService().shutdown();
  }
}
