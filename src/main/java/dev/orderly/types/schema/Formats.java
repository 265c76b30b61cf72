package dev.orderly.types.schema;

import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.Validator;
import java.util.HexFormat;
import java.util.function.Predicate;

/** The formats of strings, as the validator knows them. */
final class Formats {
  private static final int UUID_LENGTH = 36;

  private Formats() {}

  /**
   * True only for texts that the validator finds to be of a format, which for names that it does
   * not know is all.
   *
   * @param options with which the validator was made
   */
  static Predicate<String> rule(String name, JsonSchemaOptions options) {
    // Identifiers are everywhere, and what they look like is simple; the rest is left to it.
    if (name.equals("uuid")) {
      return Formats::isUuid;
    }
    var validator = Validator.create(JsonSchema.of(new JsonObject().put("format", name)), options);
    return text -> isValid(validator, text);
  }

  private static boolean isValid(Validator validator, String text) {
    try {
      return validator.validate(text).getValid();
    } catch (RuntimeException e) {
      return false; // It fails on some texts, and will say so itself.
    }
  }

  private static boolean isUuid(String text) {
    if (text.length() != UUID_LENGTH) {
      return false;
    }
    for (int i = 0; i < UUID_LENGTH; i++) {
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? text.charAt(i) != '-' : !HexFormat.isHexDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
