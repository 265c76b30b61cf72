package dev.orderly.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import dev.orderly.config.ClusterConfig;
import java.util.UUID;

/** Hazelcast's configuration from ours: never multicast, and nothing bound that was not named. */
final class HazelcastSettings {
  private static final int PORTS = 10;
  private static final int BACKUPS = 1;

  /** Where the event bus looks for a node's name among its member's attributes. */
  private static final String NODE_ID = "__vertx.nodeId";

  private HazelcastSettings() {}

  /**
   * The name of the node that a member is. The member's own id will not do: a member that was cut
   * off and comes back gets another.
   */
  static String node(Member member) {
    return member.getAttribute(NODE_ID);
  }

  static Config of(ClusterConfig cluster, String databaseId) {
    var config = new Config().setClusterName("orderly-" + databaseId);
    config.getMemberAttributeConfig().setAttribute(NODE_ID, UUID.randomUUID().toString());
    config
        .setProperty("hazelcast.logging.type", "slf4j")
        .setProperty("hazelcast.phone.home.enabled", "false")
        .setProperty("hazelcast.shutdownhook.enabled", "false")
        .setProperty("hazelcast.socket.bind.any", "false")
        .setProperty("hazelcast.partition.count", "271")
        .setProperty("hazelcast.operation.thread.count", "2")
        .setProperty("hazelcast.operation.generic.thread.count", "2")
        .setProperty("hazelcast.io.thread.count", "1")
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
