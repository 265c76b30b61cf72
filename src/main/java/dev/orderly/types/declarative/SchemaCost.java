package dev.orderly.types.declarative;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;

/** What it costs to hold a text against a schema. */
final class SchemaCost {
  /** Regular expressions may backtrack, and items are compared each with each. */
  private static final Set<String> STEEP =
      Set.of("pattern", "patternProperties", "format", "uniqueItems");

  private SchemaCost() {}

  /** False if the cost may grow faster than the text; names of properties count as keywords. */
  static boolean growsWithTheText(JsonObject schema) {
    return schema.stream()
        .noneMatch(member -> STEEP.contains(member.getKey()) || isSteep(member.getValue()));
  }

  private static boolean isSteep(Object value) {
    return switch (value) {
      case JsonObject object -> !growsWithTheText(object);
      case JsonArray array -> array.stream().anyMatch(SchemaCost::isSteep);
      case null, default -> false;
    };
  }
}
