package dev.orderly.config.loading;

import dev.orderly.config.DatabaseUrl;
import dev.orderly.config.loading.ConfigSchema.Kind;
import dev.orderly.config.loading.ConfigSchema.SectionSpec;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Writes a configuration as the file that would give it, but for its secrets. */
public final class ConfigPrinter {
  /** A text that YAML reads as it stands. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9/._][A-Za-z0-9/._:@-]*(?<!:)");

  private static final Set<String> WORDS =
      Set.of("true", "false", "yes", "no", "on", "off", "null", "y", "n");

  private final LoadedConfig loaded;
  private final StringBuilder out = new StringBuilder();

  private ConfigPrinter(LoadedConfig loaded) {
    this.loaded = loaded;
  }

  /** YAML, each value that is not a default with where it came from; secrets are masked. */
  public static String print(LoadedConfig loaded) {
    return new ConfigPrinter(loaded).print();
  }

  private String print() {
    for (var section : ConfigSchema.SECTIONS) {
      var value = component(loaded.config(), section.name());
      if (section.kind() == Kind.KEYS) {
        out.append(section.name()).append(":\n");
        section.keys().forEach(key -> line("  ", key, component(value, key.name())));
      } else {
        named(section, new TreeMap<>((Map<?, ?>) value));
      }
    }
    return out.toString();
  }

  private void named(SectionSpec section, Map<?, ?> entries) {
    out.append(section.name()).append(entries.isEmpty() ? ": {}\n" : ":\n");
    entries.forEach(
        (name, entry) -> {
          var path = section.name() + "." + name;
          if (section.kind() == Kind.NAMED_SECRETS) {
            line("  ", (String) name, path, scalar(entry));
          } else {
            out.append("  ").append(name).append(":\n");
            section.keys().stream()
                .map(key -> key.in(path))
                .forEach(key -> line("    ", key, component(entry, key.name())));
          }
        });
  }

  private void line(String indent, KeySpec key, Object value) {
    var text =
        value instanceof List<?> list
            ? list.stream().map(ConfigPrinter::scalar).toList().toString()
            : scalar(value);
    line(indent, key.name(), key.path(), text);
  }

  private void line(String indent, String name, String path, String text) {
    out.append(indent).append(name).append(": ").append(text);
    var origin = loaded.origins().get(path);
    if (origin != null) {
      out.append("  # ").append(origin);
    }
    out.append('\n');
  }

  private static String scalar(Object value) {
    return switch (value) {
      case null -> "null";
      case Integer number -> number.toString();
      case Enum<?> constant -> constant.name().toLowerCase(Locale.ROOT);
      default -> quoted(DatabaseUrl.mask(value.toString()));
    };
  }

  private static String quoted(String text) {
    boolean isNumber = text.matches("[0-9.][0-9._:]*") && !text.matches("[0-9]+(\\.[0-9]+){3}");
    if (PLAIN.matcher(text).matches()
        && !isNumber
        && !WORDS.contains(text.toLowerCase(Locale.ROOT))) {
      return text;
    }
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static Object component(Object owner, String name) {
    for (var component : owner.getClass().getRecordComponents()) {
      if (KeySpec.snakeCase(component.getName()).equals(name)) {
        try {
          return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("cannot read " + name, e);
        }
      }
    }
    throw new IllegalStateException(owner.getClass().getSimpleName() + " has no " + name);
  }
}
