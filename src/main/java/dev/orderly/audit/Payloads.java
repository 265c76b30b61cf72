package dev.orderly.audit;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

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
      if (payloads.stream().allMatch(payload -> same(payload.getValue(name), value))) {
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

  /** What is within objects and arrays counts as equal if numbers differ in kind only. */
  private static boolean same(Object one, Object other) {
    boolean nested = one instanceof JsonObject || one instanceof JsonArray;
    return Objects.equals(one, other) && (!nested || Json.encode(one).equals(Json.encode(other)));
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
