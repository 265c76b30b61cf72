package dev.orderly.config.loading;

import dev.orderly.config.DatabaseUrl;
import java.util.List;

/**
 * A value as it was given, not yet read as its key's type.
 *
 * @param texts one for a single text; one for each element of a list; none for null
 */
record Given(Origin origin, Shape shape, List<String> texts) {
  /** How it was written. */
  enum Shape {
    /** A single text in the environment or on the command line: for a list, split at commas. */
    PLAIN,
    /** A YAML scalar; environment variables in it are expanded. */
    SCALAR,
    /** A YAML list of scalars; environment variables in them are expanded. */
    LIST,
    /** A YAML null. */
    NULL,
    /** YAML of some other shape, which no key takes. */
    OTHER
  }

  /** The value for a message. */
  String shown() {
    return switch (shape) {
      case PLAIN, SCALAR -> quoted(texts.getFirst());
      case LIST -> texts.stream().map(Given::quoted).toList().toString();
      case NULL -> "empty";
      case OTHER -> "a mapping or a nested list";
    };
  }

  private static String quoted(String text) {
    var hidden = DatabaseUrl.mask(text).replaceAll("\\p{Cntrl}", "?");
    return '"' + (hidden.length() > 120 ? hidden.substring(0, 120) + "…" : hidden) + '"';
  }
}
