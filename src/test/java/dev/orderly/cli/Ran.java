package dev.orderly.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** What a command did. */
record Ran(int code, String out, String err) {
  static Ran command(Map<String, String> environment, Starter starter, String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Commands.run(args, starter, environment, new PrintWriter(out), new PrintWriter(err));
    return new Ran(code, out.toString(), err.toString());
  }

  static Ran command(String... args) {
    return command(
        Map.of(),
        config -> {
          throw new AssertionError("no node is to be started");
        },
        args);
  }
}
