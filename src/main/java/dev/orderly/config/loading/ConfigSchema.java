package dev.orderly.config.loading;

import dev.orderly.config.Config;
import dev.orderly.config.Secret;
import dev.orderly.config.Section;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Every section and key, read from the records once. */
final class ConfigSchema {
  static final String VARIABLE_PREFIX = "ORDERLY_";

  /** What a named entry, such as a datasource, may be called. */
  static final Pattern ENTRY_NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

  static final String ENTRY_NAME_ALLOWED =
      "lower-case letters, digits, _ and -, at most 63, the first a letter";

  /**
   * A section.
   *
   * @param keys its keys; for a section of named records those of one entry, with {@code <name>} in
   *     the entry's place; empty for a section of named secrets
   */
  record SectionSpec(String name, String about, Kind kind, Class<?> type, List<KeySpec> keys) {
    Optional<KeySpec> key(String name) {
      return keys.stream().filter(key -> key.name().equals(name)).findFirst();
    }
  }

  /** What a section holds. */
  enum Kind {
    KEYS,
    NAMED_RECORDS,
    NAMED_SECRETS
  }

  static final List<SectionSpec> SECTIONS =
      Arrays.stream(Config.class.getRecordComponents()).map(ConfigSchema::section).toList();

  private ConfigSchema() {}

  static Optional<SectionSpec> section(String name) {
    return SECTIONS.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  /** The keys with fixed names. */
  static List<KeySpec> fixedKeys() {
    return SECTIONS.stream()
        .filter(section -> section.kind() == Kind.KEYS)
        .flatMap(section -> section.keys().stream())
        .toList();
  }

  /** The environment variable for a key such as {@code api.port}. */
  static String variable(String path) {
    return VARIABLE_PREFIX + path.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  private static SectionSpec section(RecordComponent component) {
    var name = KeySpec.snakeCase(component.getName());
    var about = component.getAnnotation(Section.class).about();
    if (component.getType() != Map.class) {
      return new SectionSpec(
          name, about, Kind.KEYS, component.getType(), keys(name, component.getType()));
    }
    var entry =
        (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[1];
    return entry == Secret.class
        ? new SectionSpec(name, about, Kind.NAMED_SECRETS, entry, List.of())
        : new SectionSpec(name, about, Kind.NAMED_RECORDS, entry, keys(name + ".<name>", entry));
  }

  private static List<KeySpec> keys(String section, Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(component -> KeySpec.of(section, component))
        .toList();
  }
}
