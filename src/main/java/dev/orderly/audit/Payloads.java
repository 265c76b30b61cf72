package dev.orderly.audit;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
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
    if (first == null || payloads.size() == 1) {
      return new Payloads(first == null ? null : first.encode(), null);
    }
    var differing = new LinkedHashSet<String>();
    for (var member : first) {
      var name = member.getKey();
      if (!payloads.stream()
          .allMatch(payload -> Objects.equals(payload.getValue(name), member.getValue()))) {
        differing.add(name);
      }
    }
    if (differing.isEmpty()) {
      return new Payloads(first.encode(), null);
    }
    var common = new JsonObject();
    for (var member : first) {
      if (!differing.contains(member.getKey())) {
        common.put(member.getKey(), member.getValue());
      }
    }
    return new Payloads(
        common.encode(), payloads.stream().map(payload -> only(payload, differing)).toList());
  }

  private static String only(JsonObject payload, Iterable<String> names) {
    var own = new JsonObject();
    names.forEach(name -> own.put(name, payload.getValue(name)));
    return own.encode();
  }

  int ownChars() {
    return own == null ? 0 : own.stream().mapToInt(String::length).sum();
  }
}
