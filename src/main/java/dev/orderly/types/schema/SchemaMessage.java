package dev.orderly.types.schema;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;

/** Says of a schema keyword that was not met what it expected and what it found. */
final class SchemaMessage {
  private static final int LONGEST_VALUE = 80;
  private static final int MOST_NAMES = 30;

  private SchemaMessage() {}

  /**
   * @param said the validator's own words
   * @param expected the keyword's value; null if it could not be found
   * @param found the instance's value
   * @param schema the schema that holds the keyword, or null
   */
  static String of(String keyword, String said, Object expected, Object found, JsonObject schema) {
    if (expected == null) {
      return lowered(said);
    }
    return switch (keyword) {
      case "required" -> "required property " + quotedIn(said) + " is missing";
      case "type" -> "expected %s, found %s".formatted(types(expected), described(found));
      case "enum" -> "expected one of %s, found %s".formatted(list(expected), shown(found));
      case "const" -> "expected %s, found %s".formatted(shown(expected), shown(found));
      case "minLength" ->
          "expected at least %s characters, found %d".formatted(expected, length(found));
      case "maxLength" ->
          "expected at most %s characters, found %d".formatted(expected, length(found));
      case "pattern" ->
          "expected text matching %s%s, found %s"
              .formatted(expected, explained(schema), shown(found));
      case "format" -> "expected format %s, found %s".formatted(expected, shown(found));
      case "minimum" -> "expected at least %s, found %s".formatted(expected, shown(found));
      case "maximum" -> "expected at most %s, found %s".formatted(expected, shown(found));
      case "exclusiveMinimum" ->
          "expected more than %s, found %s".formatted(expected, shown(found));
      case "exclusiveMaximum" ->
          "expected less than %s, found %s".formatted(expected, shown(found));
      case "multipleOf" -> "expected a multiple of %s, found %s".formatted(expected, shown(found));
      case "minItems" -> "expected at least %s items, found %d".formatted(expected, size(found));
      case "maxItems" -> "expected at most %s items, found %d".formatted(expected, size(found));
      case "minProperties" ->
          "expected at least %s properties, found %d".formatted(expected, size(found));
      case "maxProperties" ->
          "expected at most %s properties, found %d".formatted(expected, size(found));
      case "uniqueItems" -> "expected no two items alike; " + lowered(said);
      case "contains" -> "expected an item that matches the contained schema, found none";
      case "minContains" -> "expected at least " + expected + " items that match; " + lowered(said);
      case "maxContains" -> "expected at most " + expected + " items that match, found more";
      case "additionalProperties", "unevaluatedProperties" -> "unexpected property" + known(schema);
      case "properties", "patternProperties" -> "this property is not allowed";
      case "items", "unevaluatedItems" ->
          "expected at most %d items, found %d".formatted(prefix(schema), size(found));
      case "prefixItems" -> "an item is where none is allowed";
      case "not" -> "found %s, which is what must not be".formatted(shown(found));
      case "anyOf" -> "expected a match with one of the alternatives, found none";
      case "oneOf" -> "expected a match with exactly one of the alternatives; " + lowered(said);
      case "if" -> "the value's condition holds but what it asks for is not allowed";
      default -> lowered(said);
    };
  }

  private static String quotedIn(String said) {
    int first = said.indexOf('"');
    return first < 0 ? said : Json.encode(said.substring(first + 1, said.lastIndexOf('"')));
  }

  private static String known(JsonObject schema) {
    var properties = schema == null ? null : schema.getValue("properties");
    if (!(properties instanceof JsonObject named) || named.isEmpty()) {
      return "";
    }
    return named.fieldNames().stream()
        .filter(name -> !name.startsWith("__absolute_"))
        .map(name -> name.chars().anyMatch(Character::isISOControl) ? shown(name) : name)
        .limit(MOST_NAMES)
        .collect(Collectors.joining(", ", "; expected only ", ""));
  }

  /** A pattern says little to most readers; the words beside it do. */
  private static String explained(JsonObject schema) {
    return schema != null && schema.getValue("description") instanceof String words
        ? " (%s)".formatted(words.strip())
        : "";
  }

  private static String types(Object expected) {
    return expected instanceof JsonArray several
        ? several.stream().map(String::valueOf).collect(Collectors.joining(" or "))
        : String.valueOf(expected);
  }

  private static String list(Object expected) {
    return expected instanceof JsonArray several
        ? several.stream().map(SchemaMessage::shown).collect(Collectors.joining(", "))
        : shown(expected);
  }

  private static String described(Object found) {
    return switch (found) {
      case null -> "null";
      case JsonObject object -> "object " + shown(object);
      case JsonArray array -> "array " + shown(array);
      case String text -> "string " + shown(text);
      case Boolean value -> "boolean " + value;
      default -> "number " + shown(found);
    };
  }

  private static String shown(Object value) {
    var text =
        value instanceof JsonObject || value instanceof JsonArray
            ? value.toString()
            : Json.encode(value);
    int end =
        text.offsetByCodePoints(0, Math.min(LONGEST_VALUE, text.codePointCount(0, text.length())));
    return end == text.length() ? text : text.substring(0, end) + "…";
  }

  private static int length(Object found) {
    return found instanceof String text ? text.codePointCount(0, text.length()) : 0;
  }

  private static int prefix(JsonObject schema) {
    return schema != null && schema.getValue("prefixItems") instanceof JsonArray prefix
        ? prefix.size()
        : 0;
  }

  private static int size(Object found) {
    return switch (found) {
      case JsonObject object -> object.size();
      case JsonArray array -> array.size();
      case null, default -> 0;
    };
  }

  private static String lowered(String said) {
    return said.isEmpty() ? said : Character.toLowerCase(said.charAt(0)) + said.substring(1);
  }
}
