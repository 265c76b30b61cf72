package dev.orderly;

import dev.orderly.cli.Commands;
import dev.orderly.cli.Starter;
import dev.orderly.config.Config;
import java.io.PrintStream;
import java.io.PrintWriter;

/** The program's entry. */
public final class Orderly {
  private Orderly() {}

  public static void main(String[] args) {
    System.exit(run(args, Orderly::start));
  }

  static int run(String[] args, Starter starter) {
    return Commands.run(args, starter, System.getenv(), writer(System.out), writer(System.err));
  }

  private static int start(Config config) {
    throw new IllegalStateException("this build has no node to start");
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }
}
