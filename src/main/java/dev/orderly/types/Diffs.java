package dev.orderly.types;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.flipkart.zjsonpatch.DiffFlags;
import com.flipkart.zjsonpatch.JsonDiff;
import dev.orderly.types.json.PlainJson;
import dev.orderly.types.json.Pointers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.LinkedHashMap;

/** Makes diffs: what was, what is, and the RFC 6902 JSON Patch between them. */
public final class Diffs {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Comparing lists takes time by the square of their length. */
  private static final int LIST_MAX = 5_000;

  private Diffs() {}

  /**
   * @param before a JSON object or array
   * @param after a JSON object or array
   * @param summary one line for people; null means a count of the changes
   * @throws IllegalArgumentException if a side is neither object nor array
   */
  public static Diff of(Object before, Object after, String summary) {
    var from = side("before", before);
    var to = side("after", after);
    var changes = changes(from, to);
    var line = summary != null ? summary : counted(changes.size());
    return new Diff(from, to, changes, line);
  }

  /** A diff without a change. */
  public static Diff none(String summary) {
    return of(new JsonObject(), new JsonObject(), summary);
  }

  private static Object side(String name, Object value) {
    var json = value == null ? null : PlainJson.json(PlainJson.plain(value));
    if (json instanceof JsonObject || json instanceof JsonArray) {
      return json;
    }
    throw new IllegalArgumentException(
        "expected a JSON object or array as the diff's %s side, found %s".formatted(name, value));
  }

  private static JsonArray changes(Object before, Object after) {
    var changes = new JsonArray();
    var compared = node(comparable(before, after, "", changes));
    var target = node(after);
    // Of equal sides the library would still walk the lists.
    if (!compared.equals(target)) {
      // Moves and copies would be found by comparing every change with every other.
      var patch = JsonDiff.asJson(compared, target, DiffFlags.dontNormalizeOpIntoMoveAndCopy());
      ((JsonArray) json(patch)).forEach(changes::add);
    }
    return changes;
  }

  /**
   * Replaces what has a longer list than can be compared, and no more than that. Objects alone lead
   * there, so that no other change moves what the path names.
   *
   * @param changes receives the replacements
   * @return the side before, with them
   */
  private static Object comparable(Object before, Object after, String path, JsonArray changes) {
    if (!hasLongList(before) && !hasLongList(after)) {
      return before;
    }
    if (before instanceof JsonObject from && after instanceof JsonObject to) {
      var object = new LinkedHashMap<String, Object>();
      from.getMap()
          .forEach(
              (key, child) ->
                  object.put(
                      key,
                      to.containsKey(key)
                          ? comparable(child, to.getValue(key), Pointers.child(path, key), changes)
                          : child));
      return new JsonObject(object);
    }
    if (!node(before).equals(node(after))) {
      changes.add(new JsonObject().put("op", "replace").put("path", path).put("value", after));
    }
    return after;
  }

  private static boolean hasLongList(Object value) {
    return switch (value) {
      case JsonObject object -> object.getMap().values().stream().anyMatch(Diffs::hasLongList);
      case JsonArray array ->
          array.size() > LIST_MAX || array.stream().anyMatch(Diffs::hasLongList);
      case null, default -> false;
    };
  }

  private static String counted(int changes) {
    return switch (changes) {
      case 0 -> "No changes";
      case 1 -> "1 change";
      default -> changes + " changes";
    };
  }

  private static JsonNode node(Object value) {
    return switch (value) {
      case null -> NODES.nullNode();
      case JsonObject object -> {
        var node = NODES.objectNode();
        object.getMap().forEach((key, child) -> node.set(key, node(child)));
        yield node;
      }
      case JsonArray array -> {
        var node = NODES.arrayNode(array.size());
        array.forEach(child -> node.add(node(child)));
        yield node;
      }
      case String text -> NODES.textNode(text);
      case Boolean flag -> NODES.booleanNode(flag);
      case Number number -> number(number);
      default -> throw new IllegalArgumentException(value.getClass().getName() + " is not JSON");
    };
  }

  /** Equal nodes for equal numbers, whatever their Java types. */
  private static JsonNode number(Number number) {
    if (number instanceof Integer || number instanceof Long) {
      return NODES.numberNode(number.longValue());
    }
    var exact = new BigDecimal(number.toString());
    try {
      return NODES.numberNode(exact.longValueExact());
    } catch (ArithmeticException tooLargeOrFractional) {
      return new DecimalNode(exact.stripTrailingZeros());
    }
  }

  private static Number number(JsonNode node) {
    if (node instanceof DecimalNode) {
      return decimal(node.decimalValue());
    }
    // Not in one expression, which would make a long of both.
    if (node.canConvertToInt()) {
      return node.intValue();
    }
    return node.longValue();
  }

  /** A double where it says the same. */
  private static Number decimal(BigDecimal exact) {
    double number = exact.doubleValue();
    if (Double.isFinite(number) && BigDecimal.valueOf(number).compareTo(exact) == 0) {
      return number;
    }
    return exact;
  }

  private static Object json(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> {
        var object = new JsonObject();
        node.properties().forEach(entry -> object.put(entry.getKey(), json(entry.getValue())));
        yield object;
      }
      case ARRAY -> {
        var array = new JsonArray();
        node.forEach(child -> array.add(json(child)));
        yield array;
      }
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER -> number(node);
      case NULL, MISSING -> null;
      case BINARY, POJO -> throw new IllegalArgumentException(node.getNodeType() + " is not JSON");
    };
  }
}
