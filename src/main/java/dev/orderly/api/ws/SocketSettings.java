package dev.orderly.api.ws;

/**
 * What agents' WebSockets may take.
 *
 * @param maxConnections on this node, those that are being opened included
 * @param maxFrameBytes the largest message from an agent
 * @param maxInFlight operations of one connection that may be under way at once
 * @param maxLeases that one connection watches
 * @param maxPushes that wait for a slow reader before its connection is closed
 * @param pingSeconds between pings; a peer that gives no sign for more than two is taken for dead
 * @param idleSeconds after which a connection is closed that has no leases, no subscriptions and
 *     nothing under way, and sends nothing
 */
public record SocketSettings(
    int maxConnections,
    int maxFrameBytes,
    int maxInFlight,
    int maxLeases,
    int maxPushes,
    int pingSeconds,
    int idleSeconds) {

  /** As large as REST bodies, 64 operations, 10,000 leases, 1,000 pushes. */
  public static SocketSettings of(
      int maxConnections, int maxFrameBytes, int pingSeconds, int idleSeconds) {
    return new SocketSettings(
        maxConnections, maxFrameBytes, 64, 10_000, 1_000, pingSeconds, idleSeconds);
  }

  /**
   * The same with pings often enough that the server never takes a connection for a silent one.
   *
   * @param serverIdleSeconds after which it does; 0 for never
   */
  public SocketSettings within(int serverIdleSeconds) {
    int most = serverIdleSeconds == 0 ? pingSeconds : Math.max(1, serverIdleSeconds / 2);
    return new SocketSettings(
        maxConnections,
        maxFrameBytes,
        maxInFlight,
        maxLeases,
        maxPushes,
        Math.min(pingSeconds, most),
        idleSeconds);
  }

  /** 10,000 connections, frames of 1 MiB, pings every 20 s, 600 s idle. */
  public static SocketSettings defaults() {
    return of(10_000, 1 << 20, 20, 600);
  }
}
