package dev.orderly.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.config.Config;
import dev.orderly.config.loading.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node that joins others, and what they must have in common. */
class HazelcastClusterTest {
  private static final String DATABASE = UUID.randomUUID().toString();
  private static int port;
  private static final BlockingQueue<String> left = new LinkedBlockingQueue<>();
  private static HazelcastCluster first;

  @BeforeAll
  static void start() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = Math.min(free.getLocalPort(), 65_500);
    }
    first =
        HazelcastCluster.join(
            config(Map.of("leasing.instances", "3")), Map.of(), DATABASE, "first");
    first.onLeave(left::add);
  }

  @AfterAll
  static void stop() {
    first.close();
  }

  private static Config config(Map<String, String> values) {
    var all = new HashMap<>(values);
    all.put("cluster.discovery", "members");
    all.put("cluster.members", "127.0.0.1:" + port);
    all.put("cluster.port", "" + port);
    return ConfigLoader.of(all);
  }

  @Test
  void aNodeWithOtherShardsDoesNotStay() throws InterruptedException {
    assertThatThrownBy(
            () ->
                HazelcastCluster.join(
                    config(Map.of("leasing.shards", "32")), Map.of(), DATABASE, "second"))
        .hasMessage(
            "cannot work with the node at 127.0.0.1:%d: leasing.shards is 64 there and 32 here;"
                    .formatted(port)
                + " every node of a cluster needs the same");
    assertThat(left.poll(20, TimeUnit.SECONDS)).isEqualTo("second");
    assertThat(first.nodes()).containsExactly("first");
  }

  @Test
  void limitsMayDifferAndDesksAreFoundAllTheSame() throws InterruptedException {
    try (var second =
        HazelcastCluster.join(
            config(Map.of("limits.agent_leases", "5", "leasing.instances", "2")),
            Map.of("limits of type a", "5"),
            DATABASE,
            "second")) {
      assertThat(second.nodes()).containsExactlyInAnyOrder("first", "second");
      assertThat(second.deskHosts("first")).isEqualTo(3);
      assertThat(first.deskHosts("second")).isEqualTo(2);
      assertThat(first.address("second")).startsWith("127.0.0.1:");
    }
    assertThat(left.poll(20, TimeUnit.SECONDS)).isEqualTo("second");
    assertThat(first.address("second")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "203.0.113.7,    'cluster.host, 203.0.113.7, is no address of this machine'",
    "nosuch.invalid, 'cluster.host, nosuch.invalid, does not resolve'"
  })
  void anAddressOfAnotherMachineIsRefusedByName(String host, String message) {
    assertThatThrownBy(
            () ->
                HazelcastCluster.join(
                    config(Map.of("cluster.host", host)), Map.of(), DATABASE, "lost"))
        .hasMessage(message);
  }

  @Test
  void whatDiffersIsNamedWithBothValues() {
    var here =
        Agreement.of(
            config(Map.of("limits.agent_leases", "5", "parts.max_count", "7")),
            Map.of("limits of type a", "x", "limits of type b", "y"));
    var there =
        Agreement.of(
            config(Map.of("limits.agent_leases", "6", "parts.max_count", "7")),
            Map.of("limits of type a", "z"));
    assertThat(Agreement.differences(here.wished(), there.all()::get))
        .extracting(Object::toString)
        .containsExactly(
            "limits of type a is z there and x here", "limits.agent_leases is 6 there and 5 here");
  }

  @Test
  void whatAnotherVersionDoesNotTellIsNoDifference() {
    assertThat(Agreement.differences(Agreement.of(config(Map.of()), Map.of()).all(), key -> null))
        .isEmpty();
  }
}
