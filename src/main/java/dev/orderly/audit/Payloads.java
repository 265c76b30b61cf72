package dev.orderly.audit;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The payloads of events that share a row, as JSON: together an event's two have its payload's
 * members, each once.
 *
 * @param common the members that are the same for all; null if there are no payloads
 * @param own each event's others, in their order; null if there are none
 */
record Payloads(String common, List<String> own) {

  /**
   * @param payloads either all null or none, and all with the same members; at least one
   */
  static Payloads of(List<JsonObject> payloads) {
    var first = payloads.getFirst();
    if (first == null) {
      return new Payloads(null, null);
    }
    var common = new JsonObject();
    var differing = new ArrayList<String>();
    for (var member : first) {
      var name = member.getKey();
      var value = member.getValue();
      if (areAll(value, payloads.stream().map(payload -> payload.getValue(name)))) {
        common.put(name, value);
      } else {
        differing.add(name);
      }
    }
    var own =
        differing.isEmpty()
            ? null
            : payloads.stream().map(payload -> only(payload, differing)).toList();
    return new Payloads(common.encode(), own);
  }

  /** What is within objects and arrays counts as another value if numbers differ in kind only. */
  private static boolean areAll(Object value, Stream<Object> others) {
    var json =
        value instanceof JsonObject || value instanceof JsonArray ? Json.encode(value) : null;
    return others.allMatch(
        other ->
            other == value
                || Objects.equals(other, value)
                    && (json == null || json.equals(Json.encode(other))));
  }

  private static String only(JsonObject payload, List<String> names) {
    var own = new JsonObject();
    names.forEach(name -> own.put(name, payload.getValue(name)));
    return own.encode();
  }

  int ownChars() {
    return own == null ? 0 : own.stream().mapToInt(String::length).sum();
  }
}
