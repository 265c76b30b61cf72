package dev.orderly.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import dev.orderly.config.ClusterConfig;
import java.util.Map;

/** Hazelcast's configuration from ours: never multicast, and nothing bound that was not named. */
final class HazelcastSettings {
  private static final int PORTS = 10;
  private static final int BACKUPS = 1;

  /**
   * A thread that writes to a member which takes the connection but says nothing, as one that is
   * frozen, goes round and round until it does (hazelcast/hazelcast#26473). With one thread for all
   * members, those that are well no longer hear from this one, and the cluster falls apart.
   */
  private static final String WRITERS = "16";

  /** Where Vert.x looks for a node's id; unlike Hazelcast's own it outlives a merge. */
  static final String NODE_ID = "__vertx.nodeId";

  private HazelcastSettings() {}

  /**
   * @param nodeId this run of this node, as others see it
   * @param told what others are told of this node, by name
   */
  static Config of(
      ClusterConfig cluster, String databaseId, String nodeId, Map<String, String> told) {
    var config = new Config().setClusterName("orderly-" + databaseId);
    told.forEach(config.getMemberAttributeConfig()::setAttribute);
    config.getMemberAttributeConfig().setAttribute(NODE_ID, nodeId);
    config
        .setProperty("hazelcast.logging.type", "slf4j")
        .setProperty("hazelcast.phone.home.enabled", "false")
        .setProperty("hazelcast.shutdownhook.enabled", "false")
        .setProperty("hazelcast.socket.bind.any", "false")
        .setProperty("hazelcast.partition.count", "271")
        .setProperty("hazelcast.operation.thread.count", "2")
        .setProperty("hazelcast.operation.generic.thread.count", "2")
        .setProperty("hazelcast.io.input.thread.count", "1")
        .setProperty("hazelcast.io.output.thread.count", WRITERS)
        .setProperty("hazelcast.event.thread.count", "1")
        .setProperty("hazelcast.heartbeat.interval.seconds", "1")
        .setProperty(
            "hazelcast.max.no.heartbeat.seconds",
            Integer.toString(cluster.failureDetectionSeconds()))
        .setProperty("hazelcast.master.confirmation.interval.seconds", "5")
        .setProperty("hazelcast.wait.seconds.before.join", "0")
        .setProperty("hazelcast.merge.first.run.delay.seconds", "5")
        .setProperty("hazelcast.merge.next.run.delay.seconds", "5")
        .setProperty("hazelcast.graceful.shutdown.max.wait", "3");
    network(config, cluster);
    // What the event bus keeps there.
    config.addMultiMapConfig(
        new MultiMapConfig("__vertx.subs").setBackupCount(BACKUPS).setValueCollectionType("SET"));
    config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(BACKUPS));
    config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(BACKUPS));
    config.getJetConfig().setEnabled(false);
    config.getMetricsConfig().setEnabled(false);
    return config;
  }

  private static void network(Config config, ClusterConfig cluster) {
    var network = config.getNetworkConfig();
    network
        .setPort(cluster.port())
        .setPortAutoIncrement(true)
        .setPortCount(PORTS)
        .setPublicAddress(cluster.host());
    network.getInterfaces().setEnabled(true).addInterface(cluster.host());
    network.getRestApiConfig().setEnabled(false);
    var join = network.getJoin();
    join.getMulticastConfig().setEnabled(false);
    join.getAutoDetectionConfig().setEnabled(false);
    if (cluster.discovery().equals("dns")) {
      join.getKubernetesConfig().setEnabled(true).setProperty("service-dns", cluster.dnsName());
    } else {
      join.getTcpIpConfig()
          .setEnabled(true)
          .setConnectionTimeoutSeconds(2)
          .setMembers(cluster.members());
    }
  }
}
