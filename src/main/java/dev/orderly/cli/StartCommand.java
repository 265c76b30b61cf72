package dev.orderly.cli;

import dev.orderly.logging.Logging;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Starts a node and runs it until it is told to stop. */
@Command(
    name = "start",
    description = {
      "Starts a node and runs it until it is told to stop (Ctrl-C or SIGTERM).",
      "Without a database of its own in the configuration it starts an embedded"
          + " PostgreSQL, whose files stay under the data directory."
    })
final class StartCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(StartCommand.class);

  private static final String CANNOT_START = "orderly: cannot start: ";

  private final Starter starter;

  @Mixin private final ConfigOptions options;

  StartCommand(Starter starter, Map<String, String> environment) {
    this.starter = starter;
    this.options = new ConfigOptions(environment);
  }

  @Override
  public Integer call() {
    var config = options.load().config();
    Logging.configure(config.log());
    try {
      return starter.start(config);
    } catch (Starter.CannotStart e) {
      LOG.debug("The node did not start", e);
      var lines = new ArrayList<>(List.of(CANNOT_START + e.getMessage()));
      lines.addAll(e.lines());
      throw new CommandFailedException(Exit.REFUSED, lines);
    } catch (Exception e) {
      LOG.debug("The node did not start", e);
      var reason = e.getMessage() == null ? e.toString() : e.getMessage();
      throw new CommandFailedException(
          Exit.REFUSED, CANNOT_START + String.join("; ", reason.lines().toList()));
    }
  }
}
