package dev.orderly.types;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a change changed.
 *
 * @param before a JSON object or array
 * @param after a JSON object or array
 * @param changes from before to after, as RFC 6902 JSON Patch operations
 * @param summary one line for people
 */
public record Diff(Object before, Object after, JsonArray changes, String summary) {
  /** Reads what {@link #toJson} wrote. */
  public static Diff of(JsonObject json) {
    return new Diff(
        json.getValue("before"),
        json.getValue("after"),
        json.getJsonArray("changes"),
        json.getString("summary"));
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("before", before)
        .put("after", after)
        .put("changes", changes)
        .put("summary", summary);
  }
}
