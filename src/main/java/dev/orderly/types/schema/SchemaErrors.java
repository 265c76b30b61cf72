package dev.orderly.types.schema;

import dev.orderly.domain.Violation;
import dev.orderly.types.json.Pointers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes violations of the validator's output: only the keywords that were not met, without the
 * chain of enclosing ones; exact pointers; messages that say what was expected and what was found.
 */
final class SchemaErrors {
  /** More than this many are counted, not listed. */
  static final int MOST = 1000;

  private static final int MOST_REASONS = 3;

  /** Keywords that fail because a schema within them does, and say so beside its own errors. */
  private static final Set<String> ENCLOSING =
      Set.of(
          "$ref",
          "$dynamicRef",
          "properties",
          "patternProperties",
          "additionalProperties",
          "unevaluatedProperties",
          "items",
          "prefixItems",
          "unevaluatedItems",
          "dependentSchemas",
          "allOf",
          "if");

  /** Keywords whose inner errors are no violations each: one of several would do. */
  private static final Set<String> CHOOSING =
      Set.of("anyOf", "oneOf", "not", "contains", "propertyNames");

  private final JsonSchema root;
  private final SchemaRepository repository;
  private final Object instance;

  SchemaErrors(JsonSchema root, SchemaRepository repository, Object instance) {
    this.root = root;
    this.repository = repository;
    this.instance = instance;
  }

  List<Violation> violations(List<OutputUnit> units) {
    // A set: the validator repeats what it reached twice, as by two references.
    var violations = new LinkedHashSet<Violation>();
    var failed = new HashSet<String>();
    int more = 0;
    int next;
    for (int at = 0; at < units.size(); at = next) {
      var unit = units.get(at);
      var location = unit.getKeywordLocation();
      boolean repeats = repeats(unit, failed);
      next = repeats || CHOOSING.contains(keyword(location)) ? endOfInner(units, at) : at + 1;
      if (repeats || encloses(units, at) || insideContains(location)) {
        continue;
      }
      if (violations.size() < MOST) {
        violations.add(violation(unit, units.subList(at + 1, next)));
      } else {
        more++;
      }
    }
    if (more > 0) {
      violations.add(new Violation("", "schema.more", "and " + more + " more violations"));
    }
    // A false schema at the root is reported without a unit.
    if (violations.isEmpty()) {
      violations.add(new Violation("", "schema.false", "no value is allowed here"));
    }
    return List.copyOf(violations);
  }

  /**
   * The validator takes a known property that failed its own schema for an additional one too, and
   * reports it again as such.
   *
   * @param failed receives the properties that failed, in this schema and in any
   */
  private static boolean repeats(OutputUnit unit, Set<String> failed) {
    var location = unit.getKeywordLocation();
    var keyword = keyword(location);
    var schema = location.substring(0, location.length() - keyword.length());
    var property = unit.getInstanceLocation();
    return switch (keyword) {
      case "properties", "patternProperties" -> {
        failed.add(property);
        failed.add(schema + " " + property);
        yield false;
      }
      case "additionalProperties" -> failed.contains(schema + " " + property);
      case "unevaluatedProperties" -> failed.contains(property);
      default -> false;
    };
  }

  private static boolean encloses(List<OutputUnit> units, int at) {
    var location = units.get(at).getKeywordLocation();
    var keyword = keyword(location);
    if (!ENCLOSING.contains(keyword) || at + 1 == units.size()) {
      return false;
    }
    var following = units.get(at + 1).getKeywordLocation();
    if (keyword.equals("if")) {
      var parent = location.substring(0, location.length() - "if".length());
      return following.startsWith(parent + "then/") || following.startsWith(parent + "else/");
    }
    return following.startsWith(location + "/");
  }

  private static int endOfInner(List<OutputUnit> units, int at) {
    var prefix = units.get(at).getKeywordLocation() + "/";
    int end = at + 1;
    while (end < units.size() && units.get(end).getKeywordLocation().startsWith(prefix)) {
      end++;
    }
    return end;
  }

  /** With {@code minContains} the reasons come before their summary, and with wrong pointers. */
  private static boolean insideContains(String location) {
    int found = location.indexOf("/contains/");
    if (found < 0) {
      return false;
    }
    var before = keyword(location.substring(0, found));
    return !before.equals("properties") && !before.equals("patternProperties");
  }

  private Violation violation(OutputUnit unit, List<OutputUnit> choices) {
    var found = find(unit.getInstanceLocation());
    var location = unit.getKeywordLocation();
    var keyword = keyword(location);
    var schema = schemaAt(location);
    var expected = schema == null ? null : schema.getValue(keyword);
    var message = SchemaMessage.of(keyword, unit.getError(), expected, found.value, schema);
    if (keyword.equals("anyOf") || keyword.equals("oneOf")) {
      message += reasons(location, found.pointer, choices);
    }
    return new Violation(found.pointer, "schema." + keyword, message);
  }

  private String reasons(String location, String pointer, List<OutputUnit> choices) {
    if (choices.isEmpty()) {
      return "";
    }
    var byBranch =
        choices.stream()
            .collect(
                Collectors.groupingBy(
                    unit ->
                        unit.getKeywordLocation().substring(location.length() + 1).split("/")[0],
                    LinkedHashMap::new,
                    Collectors.toList()));
    return byBranch.entrySet().stream()
        .map(branch -> branch.getKey() + ": " + reason(pointer, branch))
        .collect(Collectors.joining("; ", " (", ")"));
  }

  private String reason(String pointer, Map.Entry<String, List<OutputUnit>> branch) {
    return violations(branch.getValue()).stream()
        .map(v -> (below(pointer, v.pointer()) + " " + v.message()).strip())
        .limit(MOST_REASONS)
        .collect(Collectors.joining(", "));
  }

  private static String below(String parent, String pointer) {
    return pointer.startsWith(parent) ? pointer.substring(parent.length()) : pointer;
  }

  private record Found(String pointer, Object value) {}

  /** Follows the validator's own location syntax through the instance. */
  private Found find(String location) {
    var pointer = "";
    Object at = instance;
    for (var segment : segments(location)) {
      var key = segment;
      switch (at) {
        case JsonObject object -> {
          key = keyIn(object, segment);
          at = object.getValue(key);
        }
        case JsonArray array -> {
          int index = Integer.parseInt(segment);
          at = index < array.size() ? array.getValue(index) : null;
        }
        case null, default -> key = EncodedSegment.decode(segment);
      }
      pointer = Pointers.child(pointer, key);
    }
    return new Found(pointer, at);
  }

  /** The schema object that holds the keyword at a location, or null if it cannot be followed. */
  private JsonObject schemaAt(String location) {
    Object at = root;
    var segments = segments(location);
    for (var segment : segments.subList(0, segments.size() - 1)) {
      at =
          switch (at) {
            case JsonObject object -> inner(object, segment);
            case JsonArray array when segment.matches("[0-9]{1,9}") ->
                array.getValue(Integer.parseInt(segment));
            case null, default -> null;
          };
    }
    return at instanceof JsonObject object ? object : null;
  }

  private Object inner(JsonObject schema, String segment) {
    if (segment.equals("$ref") && schema.getValue("__absolute_ref__") instanceof String uri) {
      return repository.find(uri);
    }
    // The outermost schema with the anchor, and that is nearly always the root. The validator
    // writes some steps to it twice.
    if (segment.equals("$dynamicRef") && !(schema.getValue(segment) instanceof JsonObject)) {
      return root;
    }
    return schema.getValue(keyIn(schema, segment));
  }

  private static String keyIn(JsonObject object, String segment) {
    var decoded = EncodedSegment.decode(segment);
    if (object.containsKey(decoded)) {
      return decoded;
    }
    return object.fieldNames().stream()
        .filter(key -> EncodedSegment.encode(key).equals(segment))
        .findFirst()
        .orElse(decoded);
  }

  private static List<String> segments(String location) {
    var parts = List.of(location.split("/", -1));
    return parts.subList(1, parts.size());
  }

  private static String keyword(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }
}
