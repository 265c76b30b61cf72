package dev.orderly.audit;

import dev.orderly.domain.Violation;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What is wrong with something, as the trail and the rows keep it. */
public final class ViolationJson {
  private ViolationJson() {}

  /** Each as {@code {pointer, code, message}}, in their order. */
  public static JsonArray of(List<Violation> violations) {
    var json = new JsonArray();
    for (var violation : violations) {
      json.add(
          new JsonObject()
              .put("pointer", violation.pointer())
              .put("code", violation.code())
              .put("message", violation.message()));
    }
    return json;
  }
}
