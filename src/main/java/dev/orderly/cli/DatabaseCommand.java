package dev.orderly.cli;

import dev.orderly.storage.StorageException;
import dev.orderly.storage.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the embedded PostgreSQL by itself, for several nodes. */
@Command(
    name = "database",
    description = {
      "Starts the embedded PostgreSQL alone and runs it until it is told to stop (Ctrl-C or"
          + " SIGTERM).",
      "Once it is ready it prints its URL, password included: what storage.url"
          + " (ORDERLY_STORAGE_URL) of several nodes may say."
    })
final class DatabaseCommand implements Callable<Integer> {
  private static final int PORT_MAX = 65_535;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Where its files are; made if missing.")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "0",
      description = "The port to listen on; 0, the default, for any free one.")
  private int port;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (port < 0 || port > PORT_MAX) {
      throw new ParameterException(spec.commandLine(), "--port must be from 0 to " + PORT_MAX);
    }
    EmbeddedDatabase database;
    try {
      database = EmbeddedDatabase.start(data, port);
    } catch (StorageException e) {
      throw new CommandFailedException(
          Exit.REFUSED,
          "orderly: cannot start: " + String.join("; ", e.getMessage().lines().toList()));
    }
    var stopping = new AtomicBoolean();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stopping.set(true);
                  database.close();
                  // Asked to stop and stopped in order: not the failure that the JVM would report.
                  Runtime.getRuntime().halt(Exit.OK);
                },
                "stop"));
    var out = spec.commandLine().getOut();
    out.println(database.address().url());
    out.flush();
    database.onExit().join();
    if (stopping.get()) {
      // The hook ends the process.
      Thread.currentThread().join();
    }
    throw new CommandFailedException(Exit.REFUSED, "orderly: the PostgreSQL server is gone");
  }
}
