package dev.orderly.cli;

import java.util.List;

/** A command ends here. It is an expected end, so it carries no stack trace. */
final class CommandFailedException extends RuntimeException {
  private final int exitCode;
  private final List<String> lines;

  /**
   * @param exitCode one of {@link Exit}'s
   * @param lines for the operator, the first says what happened
   */
  CommandFailedException(int exitCode, List<String> lines) {
    super(String.join("\n", lines), null, false, false);
    this.exitCode = exitCode;
    this.lines = List.copyOf(lines);
  }

  CommandFailedException(int exitCode, String line) {
    this(exitCode, List.of(line));
  }

  int exitCode() {
    return exitCode;
  }

  List<String> lines() {
    return lines;
  }
}
