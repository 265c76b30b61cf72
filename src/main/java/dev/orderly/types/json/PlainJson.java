package dev.orderly.types.json;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** User JSON as Vert.x objects and as plain maps and lists; every conversion is a deep copy. */
public final class PlainJson {
  /** Up to here a double holds each whole number exactly. */
  private static final double LARGEST_EXACT = 9_007_199_254_740_992d;

  private PlainJson() {}

  /** Maps, lists, strings, numbers, booleans and nulls, as JSONata reads them. */
  public static Object plain(Object value) {
    return switch (value) {
      case null -> null;
      case JsonObject object -> plainMap(object.getMap());
      case JsonArray array -> plainList(array.getList());
      case Map<?, ?> map -> plainMap(map);
      case List<?> list -> plainList(list);
      case String s -> s;
      case Number n -> n;
      case Boolean b -> b;
      case CharSequence text -> text.toString();
      case Instant instant -> instant.toString();
      case UUID id -> id.toString();
      case Enum<?> constant -> constant.name();
      case byte[] bytes -> Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      default -> throw new IllegalArgumentException(value.getClass().getName() + " is not JSON");
    };
  }

  /** JSON objects and arrays all the way down. */
  public static Object json(Object value) {
    return json(value, UnaryOperator.identity());
  }

  /**
   * JSON objects and arrays all the way down.
   *
   * @param leaf what becomes of each value that is neither a map nor a list; may throw
   */
  public static Object json(Object value, UnaryOperator<Object> leaf) {
    return switch (value) {
      case JsonObject object -> json(object.getMap(), leaf);
      case JsonArray array -> json(array.getList(), leaf);
      case Map<?, ?> map -> {
        var object = new JsonObject(new LinkedHashMap<>(map.size() * 2));
        map.forEach((key, child) -> object.getMap().put(String.valueOf(key), json(child, leaf)));
        yield object;
      }
      case List<?> list -> {
        var children = new ArrayList<Object>(list.size());
        list.forEach(child -> children.add(json(child, leaf)));
        yield new JsonArray(children);
      }
      case null -> leaf.apply(null);
      case Double d when d == Math.rint(d) && Math.abs(d) < LARGEST_EXACT -> whole(d.longValue());
      default -> leaf.apply(value);
    };
  }

  /** A copy that nobody can change, not even in its depth; its own copies can be. */
  public static JsonObject frozen(JsonObject object) {
    return (JsonObject) frozenValue(object);
  }

  private static Object frozenValue(Object value) {
    return switch (json(value)) {
      case JsonObject object -> {
        object.getMap().replaceAll((key, child) -> frozenValue(child));
        yield new JsonObject(Collections.unmodifiableMap(object.getMap()));
      }
      case JsonArray array -> {
        yield new JsonArray(array.stream().map(PlainJson::frozenValue).toList());
      }
      case null -> null;
      case Object leaf -> leaf;
    };
  }

  /** The same text for the same JSON: keys in order, no spaces. */
  public static String canonical(Object value) {
    Object sorted = sorted(json(value));
    return sorted instanceof JsonArray array ? array.encode() : ((JsonObject) sorted).encode();
  }

  private static Object sorted(Object value) {
    return switch (value) {
      case JsonObject object -> {
        var keys = new TreeMap<String, Object>();
        object.getMap().forEach((key, child) -> keys.put(key, sorted(child)));
        yield new JsonObject(keys);
      }
      case JsonArray array -> {
        var children = new ArrayList<Object>(array.size());
        array.forEach(child -> children.add(sorted(child)));
        yield new JsonArray(children);
      }
      case null -> null;
      default -> value;
    };
  }

  private static Number whole(long value) {
    if (value == (int) value) {
      return (int) value;
    }
    return value;
  }

  private static Map<String, Object> plainMap(Map<?, ?> map) {
    var copy = LinkedHashMap.<String, Object>newLinkedHashMap(map.size());
    map.forEach((key, child) -> copy.put(String.valueOf(key), plain(child)));
    return copy;
  }

  private static List<Object> plainList(List<?> list) {
    var copy = new ArrayList<Object>(list.size());
    list.forEach(child -> copy.add(plain(child)));
    return copy;
  }
}
