package dev.orderly.config.loading;

import dev.orderly.config.Config;
import java.util.Map;

/**
 * A configuration and where it came from.
 *
 * @param origins for each key that is not at its default, such as {@code api.port}: the file and
 *     line, environment variable or option that set it
 */
public record LoadedConfig(Config config, Map<String, String> origins) {
  public LoadedConfig {
    origins = Map.copyOf(origins);
  }
}
