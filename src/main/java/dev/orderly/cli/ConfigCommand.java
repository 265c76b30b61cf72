package dev.orderly.cli;

import dev.orderly.config.loading.ConfigPrinter;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Checks the configuration and prints it. */
@Command(
    name = "config",
    description = {
      "Checks the configuration and prints every key's value, with where it comes from"
          + " if it is not the default.",
      "Secrets are masked. It takes the options of start."
    })
final class ConfigCommand implements Runnable {
  @Mixin private final ConfigOptions options;
  @Spec private CommandSpec spec;

  ConfigCommand(Map<String, String> environment) {
    this.options = new ConfigOptions(environment);
  }

  @Override
  public void run() {
    var out = spec.commandLine().getOut();
    out.print(ConfigPrinter.print(options.load()));
    out.flush();
  }
}
