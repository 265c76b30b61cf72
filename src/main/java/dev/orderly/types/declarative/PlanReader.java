package dev.orderly.types.declarative;

import dev.orderly.types.ItemPlan;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.expression.JsonataExpression;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what a plan expression gives: {@code {input, type?, key?, max_attempts?, depends_on?}}. */
final class PlanReader {
  static final int LONGEST_KEY = 200;

  private static final Pattern TYPE = Pattern.compile(OrderType.NAME_PATTERN);
  private static final Set<String> KNOWN =
      Set.of("input", "type", "key", "max_attempts", "depends_on");

  private static final int SHOWN_CHARS = 80;

  private final JsonataExpression plan;

  PlanReader(JsonataExpression plan) {
    this.plan = plan;
  }

  /**
   * @param value a list, a lone item, or null for no items
   * @throws TypeFailure naming the item, counted from 1, and what is wrong with it
   */
  List<ItemPlan> items(Object value) {
    List<?> entries =
        switch (value) {
          case null -> List.of();
          case JsonArray array -> array.stream().toList();
          case JsonObject lone -> List.of(lone);
          case Object other ->
              throw plan.failure("expected a list of items, found " + shown(other), null);
        };
    var items = new ArrayList<ItemPlan>(entries.size());
    var keys = new HashMap<String, Integer>();
    for (int i = 0; i < entries.size(); i++) {
      int number = i + 1;
      var item = item(number, entries.get(i));
      var first = item.key() == null ? null : keys.putIfAbsent(item.key(), number);
      if (first != null) {
        throw failure(number, "key %s is already that of item %d".formatted(item.key(), first));
      }
      items.add(item);
    }
    return items;
  }

  /** Some of it: a plan may be large. */
  private static String shown(Object value) {
    var text = String.valueOf(value);
    return text.length() <= SHOWN_CHARS ? text : text.substring(0, SHOWN_CHARS) + "…";
  }

  private ItemPlan item(int number, Object entry) {
    if (!(entry instanceof JsonObject item)) {
      throw failure(
          number,
          "expected an object with input, found %s%s"
              .formatted(
                  entry instanceof JsonArray ? "a list within the list, " : "", shown(entry)));
    }
    for (var name : item.fieldNames()) {
      if (!KNOWN.contains(name)) {
        throw failure(
            number,
            "unknown property " + name + "; known: input, type, key, max_attempts, depends_on");
      }
    }
    if (!(item.getValue("input") instanceof JsonObject input)) {
      throw failure(number, "expected an object as input, found " + shown(item.getValue("input")));
    }
    return new ItemPlan(
        type(number, item),
        key(number, item),
        input,
        maxAttempts(number, item),
        dependsOn(number, item));
  }

  private String type(int number, JsonObject item) {
    return switch (item.getValue("type")) {
      case null -> null;
      case String type when TYPE.matcher(type).matches() -> type;
      case Object other -> throw failure(number, "not the name of a type: " + other);
    };
  }

  private String key(int number, JsonObject item) {
    return switch (item.getValue("key")) {
      case null -> null;
      case String key when isKey(key) -> key;
      case Object other ->
          throw failure(
              number,
              "expected a text of 1 to %d characters as key, found %s"
                  .formatted(LONGEST_KEY, other));
    };
  }

  /** A lone key need not be in a list: expressions make no difference between the two. */
  private List<String> dependsOn(int number, JsonObject item) {
    return switch (item.getValue("depends_on")) {
      case null -> List.of();
      case String key when isKey(key) -> List.of(key);
      case JsonArray keys when keys.stream().allMatch(PlanReader::isKey) ->
          keys.stream().map(String.class::cast).toList();
      case Object other ->
          throw failure(number, "expected a list of keys as depends_on, found " + other);
    };
  }

  private static boolean isKey(Object value) {
    return value instanceof String key && !key.isEmpty() && key.length() <= LONGEST_KEY;
  }

  private Integer maxAttempts(int number, JsonObject item) {
    return switch (item.getValue("max_attempts")) {
      case null -> null;
      case Integer attempts when attempts >= 1 && attempts <= 100 -> attempts;
      case Object other ->
          throw failure(number, "expected 1 to 100 as max_attempts, found " + other);
    };
  }

  private TypeFailure failure(int number, String cause) {
    return plan.failure("item " + number + ": " + cause, null);
  }

  /** The document that plans read. */
  static Map<String, Object> document(OrderView order) {
    return Map.of("order", DeclarativeType.plain(order));
  }
}
