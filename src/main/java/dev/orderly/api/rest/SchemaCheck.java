package dev.orderly.api.rest;

import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** One schema of the contract, compiled once. */
final class SchemaCheck {
  /** Keywords that only repeat that something beneath them is wrong. */
  private static final Set<String> CARRIERS = Set.of("properties", "items", "$ref", "allOf");

  private static final Pattern QUOTED = Pattern.compile("\"(.*)\"", Pattern.DOTALL);
  private static final Pattern HUMP = Pattern.compile("([a-z])([A-Z])");

  private final String type;
  private final String format;
  private final Validator validator;

  SchemaCheck(JsonObject schema) {
    this.type = schema.getValue("type") instanceof String single ? single : null;
    this.format = schema.getString("format");
    this.validator =
        Validator.create(
            JsonSchema.of(schema),
            new JsonSchemaOptions()
                .setBaseUri("app://orderly/")
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic));
  }

  /** Everything that is wrong with a JSON value; empty if nothing is. */
  List<Violation> check(Object json) {
    OutputUnit result = validator.validate(json);
    return result.getValid() ? List.of() : violations(result.getErrors());
  }

  /**
   * As {@link #check}, for a parameter as it stands in a URL.
   *
   * @return what is wrong, in words, or null
   */
  String checkText(String text) {
    if ("uuid".equals(format)) {
      return isUuid(text) ? null : "is no UUID";
    }
    Object value = text;
    if ("integer".equals(type)) {
      try {
        value = Long.valueOf(text);
      } catch (NumberFormatException e) {
        return "is no whole number";
      }
    }
    var violations = check(value);
    return violations.isEmpty() ? null : violations.getFirst().message();
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

  private static List<Violation> violations(List<OutputUnit> errors) {
    var known = new HashSet<String>();
    for (var error : errors) {
      if (keyword(error).equals("properties")) {
        known.add(error.getInstanceLocation());
      }
    }
    var violations = new ArrayList<Violation>();
    for (var error : errors) {
      var keyword = keyword(error);
      // The validator calls a known property that is wrong in itself an additional one as well.
      boolean echo =
          keyword.equals("additionalProperties") && known.contains(error.getInstanceLocation());
      if (!CARRIERS.contains(keyword) && !echo) {
        violations.add(violation(error, keyword));
      }
    }
    return violations;
  }

  private static Violation violation(OutputUnit error, String keyword) {
    var pointer = error.getInstanceLocation().substring(1);
    var message = error.getError();
    var code = "schema." + HUMP.matcher(keyword).replaceAll("$1_$2").toLowerCase(Locale.ROOT);
    var name = QUOTED.matcher(message);
    if (keyword.equals("required") && name.find()) {
      pointer += "/" + escape(name.group(1));
      message = "This member is required";
    } else if (keyword.equals("additionalProperties")) {
      message = "The contract knows no such member here";
    }
    return new Violation(pointer, code, message);
  }

  private static String keyword(OutputUnit error) {
    var location = error.getKeywordLocation();
    return location.substring(location.lastIndexOf('/') + 1);
  }

  private static String escape(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
