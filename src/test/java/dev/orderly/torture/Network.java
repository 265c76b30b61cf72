package dev.orderly.torture;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Where nodes are. If the machine allows, each is in a network namespace of its own, with one wire
 * for service (HTTP, the database) and another on which members meet, which can be cut. All of it
 * is inside the namespace of this process (see scripts/torture) and goes with it. Else they share
 * the loopback interface, and nothing can be cut.
 */
final class Network {
  private static final String HERE = "10.77.0.254";
  private static final int HTTP_PORT = 8080;
  private static final int MEMBER_PORT = 5701;

  private final boolean isolated;
  private final int nodes;
  private final List<Integer> ports = new ArrayList<>();

  private Network(boolean isolated, int nodes) {
    this.isolated = isolated;
    this.nodes = nodes;
  }

  /**
   * @param isolated whether this process is in a network namespace that it may change
   */
  static Network of(boolean isolated, int nodes) throws IOException {
    var network = new Network(isolated, nodes);
    if (isolated) {
      network.lay();
    } else {
      for (int i = 0; i < 2 * nodes; i++) {
        network.ports.add(DatabaseProcess.freePort());
      }
    }
    return network;
  }

  private void lay() throws IOException {
    for (var wire : List.of("service", "members")) {
      ip("link add %s type bridge".formatted(wire));
      ip("link set %s up".formatted(wire));
    }
    ip("addr add %s/24 dev service".formatted(HERE));
    for (int node = 0; node < nodes; node++) {
      ip("netns add node%d".formatted(node));
      ip("-n node%d link set lo up".formatted(node));
      wire(node, "service", 0);
      wire(node, "members", 1);
    }
  }

  private static void wire(int node, String bridge, int net) throws IOException {
    ip("link add %s%d type veth peer name %s netns node%d".formatted(bridge, node, bridge, node));
    ip("link set %s%d master %s up".formatted(bridge, node, bridge));
    ip("-n node%d addr add 10.77.%d.%d/24 dev %s".formatted(node, net, node + 1, bridge));
    ip("-n node%d link set %s up".formatted(node, bridge));
  }

  private static void ip(String arguments) throws IOException {
    var command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    if (!Child.run(command)) {
      throw new IOException("cannot: " + String.join(" ", command));
    }
  }

  boolean canCut() {
    return isolated;
  }

  /** Other members cannot reach it any more; nothing tells either side. */
  void cut(int node) throws IOException {
    ip("link set members%d down".formatted(node));
  }

  void heal(int node) throws IOException {
    ip("link set members%d up".formatted(node));
  }

  /** Runs a command where the node is. */
  List<String> inside(int node) {
    return isolated ? List.of("ip", "netns", "exec", "node" + node) : List.of();
  }

  /** Where nodes reach this process. */
  String here() {
    return isolated ? HERE : "127.0.0.1";
  }

  URI url(int node) {
    return isolated
        ? URI.create("http://10.77.0.%d:%d".formatted(node + 1, HTTP_PORT))
        : URI.create("http://127.0.0.1:" + ports.get(node));
  }

  String memberHost(int node) {
    return isolated ? "10.77.1.%d".formatted(node + 1) : "127.0.0.1";
  }

  int memberPort(int node) {
    return isolated ? MEMBER_PORT : ports.get(nodes + node);
  }

  String members() {
    var members = new ArrayList<String>();
    for (int node = 0; node < nodes; node++) {
      members.add("%s:%d".formatted(memberHost(node), memberPort(node)));
    }
    return String.join(",", members);
  }
}
