package dev.orderly.api.rest;

import dev.orderly.domain.Violation;
import dev.orderly.schema.SchemaMessage;
import dev.orderly.schema.SchemaValidator;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** One schema of the contract, compiled once. Safe for many threads. */
final class SchemaCheck {
  private final String type;
  private final String format;
  private final SchemaValidator validator;

  SchemaCheck(JsonObject schema) {
    this.type = schema.getValue("type") instanceof String single ? single : null;
    this.format = schema.getString("format");
    this.validator = SchemaValidator.compile(schema);
  }

  /** Everything that is wrong with a JSON value; empty if nothing is. */
  List<Violation> check(Object json) {
    return validator.validate(json);
  }

  /**
   * As {@link #check}, for a parameter as it stands in a URL.
   *
   * @return what was expected and what was found, or null if nothing is wrong
   */
  String checkText(String text) {
    if ("uuid".equals(format)) {
      return isUuid(text) ? null : expected("a UUID", text);
    }
    Object value = text;
    if ("integer".equals(type)) {
      try {
        value = Long.valueOf(text);
      } catch (NumberFormatException e) {
        return expected("a whole number", text);
      }
    }
    var violations = check(value);
    return violations.isEmpty() ? null : violations.getFirst().message();
  }

  private static String expected(String what, String text) {
    return "expected %s, found %s".formatted(what, SchemaMessage.shown(text));
  }

  private static boolean isUuid(String text) {
    if (text.length() != 36) {
      return false;
    }
    try {
      // The parser takes short groups too, hence the way back.
      return UUID.fromString(text).toString().equalsIgnoreCase(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
