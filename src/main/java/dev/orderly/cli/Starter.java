package dev.orderly.cli;

import dev.orderly.config.Config;
import java.util.List;

/** Runs a node. */
@FunctionalInterface
public interface Starter {
  /**
   * Starts a node and runs it until it is told to stop.
   *
   * @return the process's exit code
   * @throws CannotStart if the node cannot start for reasons that need a line each
   * @throws Exception if it cannot start otherwise; the message is one line for the operator
   */
  int start(Config config) throws Exception;

  /** A node cannot start; the message sums up why. */
  final class CannotStart extends Exception {
    private final List<String> lines;

    /**
     * @param lines everything that stands against it
     */
    public CannotStart(String message, List<String> lines, Throwable cause) {
      super(message, cause);
      this.lines = List.copyOf(lines);
    }

    List<String> lines() {
      return lines;
    }
  }
}
