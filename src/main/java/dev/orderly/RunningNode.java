package dev.orderly;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** The node of this process: one at a time, which may be replaced until the process stops. */
final class RunningNode {
  private Node node;
  private boolean stopped;

  RunningNode(Node node) {
    this.node = node;
  }

  synchronized int port() {
    return node.port();
  }

  synchronized Path adminTokenFile() {
    return node.adminTokenFile();
  }

  /** Returns when the node has found its cluster again after it was cut off. */
  void awaitRejoin() {
    Node current;
    synchronized (this) {
      current = node;
    }
    current.awaitRejoin();
  }

  /**
   * Puts a new node in the place of this one, unless the process is stopping.
   *
   * @throws IllegalStateException if it does not start; nothing runs then
   */
  synchronized void restart(Callable<Node> start) {
    if (stopped) {
      return;
    }
    node.stop();
    try {
      node = start.call();
    } catch (Exception e) {
      stopped = true;
      throw new IllegalStateException("the node did not start anew: " + e.getMessage(), e);
    }
  }

  /**
   * @return false if there was nothing left to stop: the process ends since a restart failed
   */
  synchronized boolean stop() {
    if (stopped) {
      return false;
    }
    stopped = true;
    node.stop();
    return true;
  }
}
