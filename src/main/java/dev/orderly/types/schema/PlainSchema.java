package dev.orderly.types.schema;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A schema of plain keywords. Where the validator treats a kind of value in a way of its own, such
 * as decimals of any precision, that value is not accepted.
 *
 * @param kinds what {@code type} allows; all if it is absent
 * @param values the scalars that {@code enum} and {@code const} allow, whole numbers as {@link
 *     Long}; null if neither is there
 * @param others schemas that hold beside this one
 */
record PlainSchema(
    Set<Kind> kinds,
    Set<Object> values,
    List<Acceptance> others,
    Members members,
    Elements elements,
    Text text,
    Range range)
    implements Acceptance {

  /** An integer is a number too; {@code NUMBER} is any. */
  enum Kind {
    NULL,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    ARRAY,
    OBJECT
  }

  @Override
  public boolean accepts(Object instance) {
    boolean accepted =
        switch (instance) {
          case null -> scalar(Kind.NULL, null);
          case String string -> scalar(Kind.STRING, string) && text.accepts(string);
          case Integer number -> whole(number.longValue()) && range.accepts(number);
          case Long number -> whole(number) && range.accepts(number);
          case Number number -> values == null && number(number) && range.accepts(number);
          case Boolean truth -> scalar(Kind.BOOLEAN, truth);
          case JsonObject object -> structure(Kind.OBJECT) && members.accepts(object.getMap());
          case JsonArray array -> structure(Kind.ARRAY) && elements.accepts(array.getList());
          case Map<?, ?> object -> structure(Kind.OBJECT) && members.accepts(object);
          case List<?> array -> structure(Kind.ARRAY) && elements.accepts(array);
          default -> false;
        };
    if (accepted) {
      for (var other : others) {
        if (!other.accepts(instance)) {
          return false;
        }
      }
    }
    return accepted;
  }

  private boolean scalar(Kind kind, Object value) {
    return kinds.contains(kind) && (values == null || values.contains(value));
  }

  private boolean whole(Long value) {
    return (kinds.contains(Kind.INTEGER) || kinds.contains(Kind.NUMBER))
        && (values == null || values.contains(value));
  }

  private boolean number(Number value) {
    return kinds.contains(Kind.NUMBER)
        || kinds.contains(Kind.INTEGER)
            && (value instanceof BigInteger
                || value instanceof Double fraction && fraction % 1 == 0);
  }

  private boolean structure(Kind kind) {
    return kinds.contains(kind) && values == null;
  }

  /**
   * What is asked of objects.
   *
   * @param rest the schema of the properties that are not among {@code properties}
   */
  record Members(
      List<String> required,
      int fewest,
      int most,
      Map<String, Acceptance> properties,
      Acceptance rest) {

    boolean accepts(Map<?, ?> object) {
      if (object.size() < fewest || object.size() > most) {
        return false;
      }
      for (var name : required) {
        if (!object.containsKey(name)) {
          return false;
        }
      }
      return properties.isEmpty() && rest == ANYTHING || each(object);
    }

    private boolean each(Map<?, ?> object) {
      for (var member : object.entrySet()) {
        if (!(member.getKey() instanceof String name)
            || !properties.getOrDefault(name, rest).accepts(member.getValue())) {
          return false;
        }
      }
      return true;
    }
  }

  /** What is asked of arrays. */
  record Elements(int fewest, int most, boolean unique, Acceptance each) {

    boolean accepts(List<?> array) {
      if (array.size() < fewest || array.size() > most || unique && !distinct(array)) {
        return false;
      }
      if (each != ANYTHING) {
        for (var element : array) {
          if (!each.accepts(element)) {
            return false;
          }
        }
      }
      return true;
    }

    /** Of strings only: what equals what among all other values is for the validator to say. */
    private static boolean distinct(List<?> array) {
      if (array.size() < 2) {
        return true;
      }
      var seen = new HashSet<Object>();
      for (var element : array) {
        if (!(element instanceof String) || !seen.add(element)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * What is asked of strings.
   *
   * @param fewest in code points
   * @param rules {@code pattern} and {@code format}
   */
  record Text(int fewest, int most, List<Predicate<String>> rules) {

    boolean accepts(String text) {
      if (fewest > 0 || most < text.length()) {
        int length = text.codePointCount(0, text.length());
        if (length < fewest || length > most) {
          return false;
        }
      }
      for (var rule : rules) {
        if (!rule.test(text)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * What is asked of numbers. They are compared as the validator compares them, by their doubles.
   *
   * @param above exclusive, negative infinity if there is no such limit
   * @param below exclusive, positive infinity if there is no such limit
   */
  record Range(double least, double greatest, double above, double below) {
    static final Range ALL =
        new Range(
            Double.NEGATIVE_INFINITY,
            Double.POSITIVE_INFINITY,
            Double.NEGATIVE_INFINITY,
            Double.POSITIVE_INFINITY);

    boolean accepts(Number number) {
      if (this == ALL) {
        return true;
      }
      if (number instanceof BigDecimal || number instanceof BigInteger) {
        return false;
      }
      double value = number.doubleValue();
      return value >= least && value <= greatest && value > above && value < below;
    }
  }
}
