package dev.orderly.api.rest.contract;

import dev.orderly.domain.Quoted;
import dev.orderly.domain.Violation;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** One schema of the contract, compiled once. Safe for many threads. */
public final class SchemaCheck {
  private final String type;
  private final String format;
  private final String integer;
  private final CompiledSchema validator;

  SchemaCheck(JsonObject schema) {
    this.type = schema.getValue("type") instanceof String single ? single : null;
    this.format = schema.getString("format");
    this.integer =
        schema.containsKey("minimum") && schema.containsKey("maximum")
            ? "a whole number from %s to %s"
                .formatted(schema.getValue("minimum"), schema.getValue("maximum"))
            : "a whole number";
    this.validator = CompiledSchema.compile("the contract", schema);
  }

  /** Everything that is wrong with a JSON value; empty if nothing is. */
  public List<Violation> check(Object json) {
    return validator.validate(json);
  }

  /**
   * As {@link #check}, for a parameter as it stands in a URL.
   *
   * @return what it must be and is not, or null if nothing is wrong
   */
  public String checkText(String text) {
    if ("uuid".equals(format)) {
      return isUuid(text) ? null : mustBe("a UUID", text);
    }
    if ("integer".equals(type)) {
      return isInteger(text) ? null : mustBe(integer, text);
    }
    var violations = check(text);
    return violations.isEmpty() ? null : violations.getFirst().message();
  }

  private boolean isInteger(String text) {
    try {
      return check(Long.valueOf(text)).isEmpty();
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static String mustBe(String what, String text) {
    return "must be %s, not %s".formatted(what, Quoted.of(text));
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
