package dev.orderly.state.queries.parameters;

import dev.orderly.domain.Actor;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Quoted;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads the values of filters; each method throws {@link BadParameter}. */
final class FilterParser {
  // JSON's own form; the bounds keep the number within what the database can hold.
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]{0,99})(\\.[0-9]{1,99})?([eE][+-]?[0-9]{1,2})?");

  private FilterParser() {}

  static List<?> exact(Filter.Exact attribute, String value) {
    var parts = Values.list(value);
    return switch (attribute) {
      case ID -> parts.stream().map(Values::uuid).toList();
      case STATE -> known(parts, OrderState.values(), OrderState::wire);
      case REQUESTED_BY_TYPE -> known(parts, Actor.Kind.values(), Actor.Kind::wire);
      case TYPE, REQUESTED_BY_ID -> parts;
    };
  }

  static List<ItemState> itemStates(String value) {
    return known(Values.list(value), ItemState.values(), ItemState::wire).stream()
        .map(ItemState::of)
        .toList();
  }

  /** Comparisons that all must hold, each with its operator before it, or none for equality. */
  static List<Filter.Compare> compare(Attribute attribute, String value) {
    return Values.list(value).stream().map(part -> comparison(attribute, part)).toList();
  }

  /** Comparisons that all must hold, with the operator that the parameter names. */
  static List<Filter.Compare> compare(Attribute attribute, Operator operator, String value) {
    return Values.list(value).stream()
        .map(part -> new Filter.Compare(attribute, operator, attribute.parse(part)))
        .toList();
  }

  private static Filter.Compare comparison(Attribute attribute, String part) {
    for (var operator : Operator.values()) {
      if (part.startsWith(operator.sign())) {
        var operand = part.substring(operator.sign().length()).strip();
        return new Filter.Compare(attribute, operator, attribute.parse(operand));
      }
    }
    return new Filter.Compare(attribute, Operator.EQ, attribute.parse(part));
  }

  /** An object that must be contained, or {@code key:value}. */
  static Filter.Meta meta(String value) {
    return value.stripLeading().startsWith("{") ? metaObject(value) : metaPair(value);
  }

  private static Filter.Meta metaObject(String value) {
    JsonObject object;
    try {
      object = new JsonObject(value);
    } catch (DecodeException e) {
      throw BadParameter.malformed("%s is not a JSON object".formatted(Quoted.of(value)));
    }
    if (!storable(object)) {
      throw BadParameter.malformed("has a NUL character or a number that is too large");
    }
    return new Filter.Meta(List.of(object.encode()));
  }

  /** The text "007" is a string only; "7" may have been stored as a string or as a number. */
  private static Filter.Meta metaPair(String value) {
    int colon = value.indexOf(':');
    if (colon < 1) {
      throw BadParameter.malformed("must be key:value or a JSON object");
    }
    var key = value.substring(0, colon);
    var text = value.substring(colon + 1);
    var objects = new ArrayList<String>();
    objects.add(JsonObject.of(key, text).encode());
    if (text.equals("true") || text.equals("false") || NUMBER.matcher(text).matches()) {
      objects.add("{%s:%s}".formatted(Json.encode(key), text));
    }
    return new Filter.Meta(List.copyOf(objects));
  }

  /** False if the database's JSON cannot hold it. */
  private static boolean storable(Object json) {
    return switch (json) {
      case JsonObject object ->
          object.stream().allMatch(e -> storable(e.getKey()) && storable(e.getValue()));
      case JsonArray array -> array.stream().allMatch(FilterParser::storable);
      case String text -> text.indexOf('\0') < 0;
      case Number number -> Double.isFinite(number.doubleValue());
      case null, default -> true;
    };
  }

  private static <E> List<String> known(List<String> parts, E[] all, Function<E, String> wire) {
    var allowed = Arrays.stream(all).map(wire).toList();
    for (var part : parts) {
      if (!allowed.contains(part)) {
        throw BadParameter.notOneOf(part, allowed);
      }
    }
    return parts;
  }
}
