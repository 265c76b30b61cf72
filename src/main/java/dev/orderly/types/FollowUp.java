package dev.orderly.types;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * An order that is proposed once the change of another is made.
 *
 * @param type the name of its type; whether there is such a type shows when it is proposed
 * @param meta its labels; may be empty
 * @param priority 0 to 1000
 * @param key tells it from the others that the same order proposes; null if its place among them
 *     does
 */
public record FollowUp(String type, JsonObject payload, JsonObject meta, int priority, String key) {
  /** How many orders one order may propose. */
  public static final int MAX = 100;

  private static final int HIGHEST_PRIORITY = 1000;
  private static final int LONGEST_KEY = 200;
  private static final Set<String> KNOWN = Set.of("type", "payload", "meta", "priority", "key");

  /**
   * @throws IllegalArgumentException if a part is missing or out of range
   */
  public FollowUp {
    require(type != null && type.matches(OrderType.NAME_PATTERN), "type", "a type's name", type);
    require(payload != null, "payload", "an object", payload);
    require(meta != null, "meta", "an object", meta);
    require(
        priority >= 0 && priority <= HIGHEST_PRIORITY, "priority", "a number 0 to 1000", priority);
    require(
        key == null || !key.isEmpty() && key.length() <= LONGEST_KEY && key.charAt(0) != '#',
        "key",
        "a text of 1 to 200 characters that does not begin with #",
        key);
  }

  /** Without labels, priority and key. */
  public static FollowUp of(String type, JsonObject payload) {
    return new FollowUp(type, payload, new JsonObject(), 0, null);
  }

  /**
   * What names it among those of its order.
   *
   * @param position from 0
   */
  public String name(int position) {
    return key != null ? key : "#" + position;
  }

  /**
   * Reads what an expression gives.
   *
   * @param value a list of {@code {type, payload, meta?, priority?, key?}}, one of them, or null
   *     for none
   * @throws TypeFailure if it is anything else
   */
  public static List<FollowUp> read(Object value) {
    List<?> entries =
        switch (value) {
          case null -> List.of();
          case JsonArray array -> array.stream().toList();
          case JsonObject lone -> List.of(lone);
          case Object other -> throw failure("expected a list of orders, found " + other);
        };
    var followUps = new ArrayList<FollowUp>(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      try {
        followUps.add(entry(entries.get(i)));
      } catch (IllegalArgumentException e) {
        throw new TypeFailure("follow_up: order %d: %s".formatted(i + 1, e.getMessage()), e);
      }
    }
    return checked(followUps);
  }

  /**
   * @throws TypeFailure if there are too many, or two of the same name
   */
  public static List<FollowUp> checked(List<FollowUp> followUps) {
    if (followUps.size() > MAX) {
      throw failure("expected at most %d orders, found %d".formatted(MAX, followUps.size()));
    }
    var names = new HashSet<String>();
    for (int i = 0; i < followUps.size(); i++) {
      if (!names.add(followUps.get(i).name(i))) {
        throw failure("two orders have the key " + followUps.get(i).key());
      }
    }
    return List.copyOf(followUps);
  }

  private static FollowUp entry(Object entry) {
    if (!(entry instanceof JsonObject json)) {
      throw new IllegalArgumentException(
          "expected an object with type and payload, found " + entry);
    }
    for (var name : json.fieldNames()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown property " + name + "; known: type, payload, meta, priority, key");
      }
    }
    return new FollowUp(
        json.getValue("type") instanceof String type ? type : null,
        object(json, "payload", null),
        object(json, "meta", new JsonObject()),
        priority(json.getValue("priority")),
        switch (json.getValue("key")) {
          case null -> null;
          case String key -> key;
          case Object other ->
              throw new IllegalArgumentException("expected a text as key, found " + other);
        });
  }

  private static int priority(Object value) {
    return switch (value) {
      case null -> 0;
      case Integer number -> number;
      case Number number when number.doubleValue() == number.intValue() -> number.intValue();
      case Object other ->
          throw new IllegalArgumentException(
              "expected a number 0 to 1000 as priority, found " + other);
    };
  }

  private static JsonObject object(JsonObject json, String name, JsonObject otherwise) {
    return switch (json.getValue(name)) {
      case null -> otherwise;
      case JsonObject object -> object;
      case Object other ->
          throw new IllegalArgumentException("expected an object as " + name + ", found " + other);
    };
  }

  private static void require(boolean holds, String name, String expected, Object found) {
    if (!holds) {
      throw new IllegalArgumentException(
          "expected %s as %s, found %s".formatted(expected, name, found));
    }
  }

  private static TypeFailure failure(String message) {
    return new TypeFailure("follow_up: " + message, null);
  }
}
