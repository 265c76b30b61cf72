package dev.orderly.config.loading;

import dev.orderly.config.Key;
import dev.orderly.config.Secret;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is known of one key: its record component and the description on it.
 *
 * @param section the key's section, or {@code datasources.<name>} for a named entry's
 * @param type the component's type, or for a list its elements'
 * @param list true if the component is a list
 */
record KeySpec(
    String section, RecordComponent component, Class<?> type, boolean list, Key description) {

  static KeySpec of(String section, RecordComponent component) {
    var description = component.getAnnotation(Key.class);
    boolean list = component.getType() == List.class;
    var type =
        list
            ? (Class<?>)
                ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0]
            : component.getType();
    return new KeySpec(section, component, type, list, description);
  }

  /** The same key in another entry. */
  KeySpec in(String entry) {
    return new KeySpec(entry, component, type, list, description);
  }

  String name() {
    return snakeCase(component.getName());
  }

  String path() {
    return section + "." + name();
  }

  /** The environment variable that sets it. */
  String variable() {
    return ConfigSchema.variable(path());
  }

  boolean secret() {
    return type == Secret.class;
  }

  /** The default as one would write it in the environment; empty if there is none. */
  Optional<String> fallback() {
    return description.optional() || description.required()
        ? Optional.empty()
        : Optional.of(description.fallback());
  }

  /** The texts that are allowed, if only some are. */
  List<String> choices() {
    return type.isEnum()
        ? Arrays.stream(type.getEnumConstants())
            .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
            .toList()
        : List.of(description.choices());
  }

  /** What a value must be, to stand after "must be". */
  String allowed() {
    return list ? "a list, each " + allowedOne() : allowedOne();
  }

  private String allowedOne() {
    if (!choices().isEmpty()) {
      return choices().stream().collect(Collectors.joining(", ", "one of ", ""));
    }
    if (type == int.class) {
      return "a whole number%s from %d to %d"
          .formatted(
              unit().map(unit -> " of " + unit).orElse(""), description.min(), description.max());
    }
    if (!description.allowed().isEmpty()) {
      return description.allowed();
    }
    return type == java.nio.file.Path.class ? "a path" : "a text that is not empty";
  }

  /** The unit of a number, which the key's name ends in. */
  Optional<String> unit() {
    return List.of("bytes", "seconds", "hours").stream()
        .filter(unit -> type == int.class && name().endsWith("_" + unit))
        .findFirst();
  }

  static String snakeCase(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
