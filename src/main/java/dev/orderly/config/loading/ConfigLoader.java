package dev.orderly.config.loading;

import dev.orderly.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts the configuration together: defaults, below the file, below the environment, below the
 * command line.
 */
public final class ConfigLoader {
  /** The file that is read, from the working directory, if none is named and it is there. */
  public static final Path DEFAULT_FILE = Path.of("conf", "orderly.yaml");

  private final Map<String, String> environment;
  private final Path defaultFile;

  /**
   * @param environment the process's variables
   * @param defaultFile read if it exists and no other is named; null for none
   */
  public ConfigLoader(Map<String, String> environment, Path defaultFile) {
    this.environment = Map.copyOf(environment);
    this.defaultFile = defaultFile;
  }

  /** Every default. */
  public static Config defaults() {
    return of(Map.of());
  }

  /**
   * The defaults but for some keys, without a file or the environment.
   *
   * @param values by key, such as {@code api.port}, as one would write them in the environment
   * @throws ConfigException if a key or value is not allowed
   */
  public static Config of(Map<String, String> values) {
    var overrides =
        values.entrySet().stream()
            .map(e -> new OptionValue(e.getKey(), e.getValue(), e.getKey()))
            .toList();
    return new ConfigLoader(Map.of(), null).load(null, overrides).config();
  }

  /**
   * @param file must exist; null for the default one
   * @throws ConfigException with a line for each thing that is wrong
   */
  public LoadedConfig load(Path file, List<OptionValue> options) {
    var problems = new ArrayList<Problem>();
    var given = new LinkedHashMap<String, Given>();
    var source = file == null && defaultFile != null && exists(defaultFile) ? defaultFile : file;
    if (source != null) {
      given.putAll(new FileKeys(source, problems).read());
    }
    given.putAll(new EnvironmentKeys(environment, problems).read());
    for (var option : options) {
      var origin = new Origin(Origin.Kind.OPTION, option.option(), 0);
      if (keyFor(option.key())) {
        given.put(option.key(), new Given(origin, Given.Shape.PLAIN, List.of(option.value())));
      } else {
        problems.add(new Problem(origin, option.key() + ": there is no such key"));
      }
    }
    var config = new ConfigBinder(given, new Values(environment), problems).bind();
    if (!problems.isEmpty()) {
      problems.sort((a, b) -> a.origin().compareTo(b.origin()));
      throw new ConfigException(problems.stream().map(Problem::toString).toList());
    }
    var origins = new TreeMap<String, String>();
    given.forEach((path, value) -> origins.put(path, value.origin().toString()));
    return new LoadedConfig(config, origins);
  }

  /** True also if it cannot be read: that is then said, rather than take the defaults. */
  private static boolean exists(Path file) {
    return !Files.notExists(file);
  }

  private static boolean keyFor(String path) {
    var parts = path.split("\\.", -1);
    var section = ConfigSchema.section(parts[0]);
    if (section.isEmpty()) {
      return false;
    }
    return switch (section.get().kind()) {
      case KEYS -> parts.length == 2 && section.get().key(parts[1]).isPresent();
      case NAMED_SECRETS -> parts.length == 2 && named(parts[1]);
      case NAMED_RECORDS ->
          parts.length == 3 && named(parts[1]) && section.get().key(parts[2]).isPresent();
    };
  }

  private static boolean named(String entry) {
    return ConfigSchema.ENTRY_NAME.matcher(entry).matches();
  }
}
