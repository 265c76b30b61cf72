package dev.orderly.cli;

import dev.orderly.config.Config;

/** Runs a node. */
@FunctionalInterface
public interface Starter {
  /**
   * Starts a node and runs it until it is told to stop.
   *
   * @return the process's exit code
   * @throws Exception if the node cannot start; the message is one line for the operator
   */
  int start(Config config) throws Exception;
}
