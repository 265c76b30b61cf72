package dev.orderly.config.loading;

import dev.orderly.config.loading.ConfigSchema.SectionSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds the keys in the environment. Variables that only begin alike, such as those that container
 * platforms set for a service of this name, are left alone; those that look like a misspelt key are
 * not.
 */
final class EnvironmentKeys {
  private static final Map<String, KeySpec> VARIABLES =
      ConfigSchema.fixedKeys().stream()
          .collect(Collectors.toMap(KeySpec::variable, Function.identity()));

  private final Map<String, String> environment;
  private final List<Problem> problems;

  EnvironmentKeys(Map<String, String> environment, List<Problem> problems) {
    this.environment = new TreeMap<>(environment);
    this.problems = problems;
  }

  /** What is given, by key. */
  Map<String, Given> read() {
    var given = new LinkedHashMap<String, Given>();
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith(ConfigSchema.VARIABLE_PREFIX)) {
            var origin = new Origin(Origin.Kind.ENVIRONMENT, variable, 0);
            path(variable)
                .ifPresentOrElse(
                    path -> given.put(path, new Given(origin, Given.Shape.PLAIN, List.of(value))),
                    () -> suspect(origin));
          }
        });
    return given;
  }

  private static Optional<String> path(String variable) {
    var key = VARIABLES.get(variable);
    return key != null ? Optional.of(key.path()) : namedPath(variable);
  }

  /** Named entries: ORDERLY_SECRETS_NAME and ORDERLY_DATASOURCES_NAME_KEY. */
  private static Optional<String> namedPath(String variable) {
    for (var section : ConfigSchema.SECTIONS) {
      var prefix = ConfigSchema.variable(section.name()) + "_";
      if (!variable.startsWith(prefix)) {
        continue;
      }
      var rest = variable.substring(prefix.length()).toLowerCase(Locale.ROOT);
      var path =
          switch (section.kind()) {
            case KEYS -> Optional.<String>empty();
            case NAMED_SECRETS -> named(rest).map(name -> section.name() + "." + name);
            case NAMED_RECORDS -> recordPath(section, rest);
          };
      if (path.isPresent()) {
        return path;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> recordPath(SectionSpec section, String rest) {
    return section.keys().stream()
        .map(KeySpec::name)
        .filter(key -> rest.endsWith("_" + key))
        .flatMap(
            key ->
                named(rest.substring(0, rest.length() - key.length() - 1))
                    .map(name -> section.name() + "." + name + "." + key)
                    .stream())
        .findFirst();
  }

  private static Optional<String> named(String name) {
    return Optional.of(name).filter(text -> ConfigSchema.ENTRY_NAME.matcher(text).matches());
  }

  private void suspect(Origin origin) {
    Suggestion.nearest(origin.name(), VARIABLES.keySet())
        .ifPresent(
            guess ->
                problems.add(
                    new Problem(
                        origin,
                        "there is no such environment variable; did you mean %s?"
                            .formatted(guess))));
  }
}
