package dev.orderly.config;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** How nodes of one database find each other. */
public record ClusterConfig(
    @Key(
            about =
                "How the node finds the others of its database: none is a node alone, members a"
                    + " list of addresses, dns a name that resolves to them all (as a headless"
                    + " service of Kubernetes).",
            fallback = "none",
            choices = {"none", "members", "dns"})
        String discovery,
    @Key(
            about =
                "For discovery by members: host:port of each, or only the host for ports 5701 to"
                    + " 5703. One that answers is enough.",
            fallback = "127.0.0.1")
        List<String> members,
    @Key(
            about = "For discovery by dns: the name.",
            optional = true,
            pattern = "[A-Za-z0-9._-]{1,253}",
            allowed = "a host name")
        String dnsName,
    @Key(
            about = "The address at which other nodes reach this one.",
            fallback = "127.0.0.1",
            pattern = "[A-Za-z0-9._:%-]{1,255}",
            allowed = "a host name or an IP address")
        String host,
    @Key(
            about = "The port for membership; the next free one of ten is taken.",
            fallback = "5701",
            min = 1,
            max = 65_525)
        int port,
    @Key(
            about = "The port for messages between nodes; 0 for any free one.",
            fallback = "0",
            max = 65_535)
        int busPort,
    @Key(
            about = "A node that is silent for this long counts as gone.",
            fallback = "5",
            min = 2,
            max = 300)
        int failureDetectionSeconds,
    @Key(
            about =
                "The node's certificate for messages between nodes, PEM; without it they are plain."
                    + " Every node of a cluster has one or none has.",
            optional = true)
        Path tlsCert,
    @Key(about = "The certificate's private key, PEM.", optional = true) Path tlsKey,
    @Key(
            about = "The authority that signed every node's certificate, PEM; others are refused.",
            optional = true)
        Path tlsCa) {

  private static final Pattern MEMBER =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[A-Za-z0-9._-]{1,253})(:(?<port>[0-9]{1,5}))?");

  public ClusterConfig {
    members = List.copyOf(members);
    if (!members.stream().allMatch(ClusterConfig::isMember)) {
      throw new InvalidKeyException(
          "members", "a list of host:port or host, with ports from 1 to 65535");
    }
    if (discovery.equals("dns") && dnsName == null) {
      throw new InvalidKeyException("dns_name", "given when discovery is dns");
    }
    if ((tlsCert == null) != (tlsKey == null) || (tlsCert == null) != (tlsCa == null)) {
      throw new InvalidKeyException("tls_cert", "given together with tls_key and tls_ca");
    }
  }

  private static boolean isMember(String member) {
    var parts = MEMBER.matcher(member);
    if (!parts.matches()) {
      return false;
    }
    var port = parts.group("port");
    return port == null || (Integer.parseInt(port) >= 1 && Integer.parseInt(port) <= 65_535);
  }

  /** Whether the node looks for others at all. */
  public boolean enabled() {
    return !discovery.equals("none");
  }
}
