package dev.orderly;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node of this process: one at a time, which may be replaced until the process stops. */
final class RunningNode {
  private static final Logger LOG = LoggerFactory.getLogger(RunningNode.class);
  private static final long PAUSE_MILLIS = 500;
  private static final long PAUSE_MAX_MILLIS = 10_000;

  private Node node;
  private boolean running = true;
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
   * Puts a new node in the place of this one, unless the process is stopping. What cut the node off
   * may have cut off the database too, or it is away for reasons of its own: as this node has
   * served before, it is tried until it succeeds.
   */
  void restart(Callable<Node> start) {
    synchronized (this) {
      if (stopped) {
        return;
      }
      node.stop();
      running = false;
    }
    for (long pause = PAUSE_MILLIS;
        !startedOrStopped(start);
        pause = Math.min(2 * pause, PAUSE_MAX_MILLIS)) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
    }
  }

  private synchronized boolean startedOrStopped(Callable<Node> start) {
    if (stopped) {
      return true;
    }
    try {
      node = start.call();
      running = true;
      return true;
    } catch (Exception e) {
      LOG.warn("The node did not start anew and will try again: {}", e.getMessage());
      return false;
    }
  }

  synchronized void stop() {
    stopped = true;
    LOG.info("The node was told to stop");
    if (running) {
      node.drain();
      node.stop();
    }
    LOG.info("The node has stopped");
  }
}
