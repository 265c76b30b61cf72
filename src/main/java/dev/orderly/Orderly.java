package dev.orderly;

import dev.orderly.cli.Commands;
import dev.orderly.cli.Starter;
import dev.orderly.config.Config;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;

/** The program's entry. */
public final class Orderly {
  private Orderly() {}

  public static void main(String[] args) {
    System.exit(run(args, Orderly::start));
  }

  static int run(String[] args, Starter starter) {
    return Commands.run(args, starter, System.getenv(), writer(System.out), writer(System.err));
  }

  /** Runs a node until the process is told to stop. */
  private static int start(Config config) {
    var node = Node.start(config);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  node.stop();
                  stopped.countDown();
                },
                "stop"));
    Welcome.print(System.out, config, node);
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }
}
