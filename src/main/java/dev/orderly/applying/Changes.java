package dev.orderly.applying;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.flipkart.zjsonpatch.JsonDiff;
import dev.orderly.types.Diff;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;

/** Makes diffs. */
final class Changes {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Changes() {}

  /**
   * @param summary null means a count of the changes
   */
  static Diff diff(Object before, Object after, String summary) {
    try {
      var changes =
          new JsonArray(
              JsonDiff.asJson(
                      MAPPER.readTree(Json.encode(before)), MAPPER.readTree(Json.encode(after)))
                  .toString());
      var line = summary != null ? summary : changes.size() + " changes";
      return new Diff(before, after, changes, line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("a side of the diff is not JSON", e);
    }
  }
}
