package dev.orderly.cli;

/** What the process's exit code says. */
final class Exit {
  static final int OK = 0;

  /** The server refused, or the node cannot start. */
  static final int REFUSED = 1;

  /** The command line or the configuration is wrong. */
  static final int USAGE = 2;

  /** No Orderly answers at the URL. */
  static final int UNREACHABLE = 3;

  private Exit() {}
}
