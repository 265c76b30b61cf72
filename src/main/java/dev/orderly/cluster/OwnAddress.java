package dev.orderly.cluster;

import dev.orderly.config.ClusterConfig;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;

/** Looks at the address that other nodes are told, before anything is bound to it. */
final class OwnAddress {
  private OwnAddress() {}

  /**
   * @throws IllegalStateException with a line for the operator
   */
  static void require(ClusterConfig config) {
    var host = config.host();
    try {
      if (NetworkInterface.getByInetAddress(InetAddress.getByName(host)) == null) {
        throw new IllegalStateException(
            "cluster.host, %s, is no address of this machine".formatted(host));
      }
    } catch (UnknownHostException e) {
      throw new IllegalStateException("cluster.host, %s, does not resolve".formatted(host), e);
    } catch (SocketException e) {
      throw new IllegalStateException(
          "the addresses of this machine cannot be told, to find cluster.host, %s, among them: %s"
              .formatted(host, e.getMessage()),
          e);
    }
  }

  static boolean resolves(String name) {
    try {
      return InetAddress.getAllByName(name).length > 0;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
