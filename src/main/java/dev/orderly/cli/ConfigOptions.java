package dev.orderly.cli;

import dev.orderly.config.Home;
import dev.orderly.config.loading.ConfigException;
import dev.orderly.config.loading.ConfigLoader;
import dev.orderly.config.loading.LoadedConfig;
import dev.orderly.config.loading.OptionValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say how a node is configured. */
final class ConfigOptions {
  private final Map<String, String> environment;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration file; without it conf/orderly.yaml, if it exists.")
  private Path file;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the node keeps its files (storage.data_dir).")
  private String data;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "The address to listen on (api.host).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port to listen on, 0 for any free one (api.port).")
  private String port;

  @Option(
      names = "--cluster",
      arity = "0..1",
      paramLabel = "HOST[:PORT],...",
      fallbackValue = "127.0.0.1",
      description = {
        "Joins the other nodes of the database (cluster.members);",
        "without addresses those on this machine."
      })
  private String members;

  ConfigOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * @throws ConfigException with a line for each thing that is wrong
   */
  LoadedConfig load() {
    var options = new ArrayList<OptionValue>();
    if (data != null) {
      options.add(new OptionValue("storage.data_dir", data, "--data"));
    }
    if (host != null) {
      options.add(new OptionValue("api.host", host, "--host"));
    }
    if (port != null) {
      options.add(new OptionValue("api.port", port, "--port"));
    }
    if (members != null) {
      options.add(new OptionValue("cluster.discovery", "members", "--cluster"));
      options.add(new OptionValue("cluster.members", members, "--cluster"));
    }
    return new ConfigLoader(environment, Home.find(ConfigLoader.DEFAULT_FILE)).load(file, options);
  }
}
