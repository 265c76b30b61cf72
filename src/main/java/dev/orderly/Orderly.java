package dev.orderly;

import dev.orderly.cli.Commands;
import dev.orderly.cli.Starter;
import dev.orderly.config.Config;
import dev.orderly.types.TypeFileException;
import java.io.PrintStream;
import java.io.PrintWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The program's entry. */
public final class Orderly {
  private static final Logger LOG = LoggerFactory.getLogger(Orderly.class);

  private Orderly() {}

  public static void main(String[] args) {
    System.exit(run(args, Orderly::start));
  }

  static int run(String[] args, Starter starter) {
    return Commands.run(args, starter, System.getenv(), writer(System.out), writer(System.err));
  }

  /** Runs a node until the process is told to stop. */
  private static int start(Config config) throws Starter.CannotStart {
    var running = new RunningNode(node(config));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  running.stop();
                  System.out.flush();
                  // Asked to stop and stopped in order: not the failure that the JVM would report.
                  Runtime.getRuntime().halt(0);
                },
                "stop"));
    Welcome.print(System.out, config.api(), running.port(), running.adminTokenFile());
    while (true) {
      running.awaitRejoin();
      LOG.warn("The node was cut off from the others and found them again; it starts anew");
      running.restart(() -> node(config));
    }
  }

  private static Node node(Config config) throws Starter.CannotStart {
    try {
      return Node.start(config);
    } catch (TypeFileException e) {
      throw new Starter.CannotStart("order types are not valid", e.lines(), e);
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }
}
