package dev.orderly.types.json;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.erdtman.jcs.JsonCanonicalizer;

/** JSON in its one canonical form, RFC 8785: what a digest is taken of. */
public final class CanonicalJson {
  private CanonicalJson() {}

  /**
   * UTF-8, members by the UTF-16 code units of their names, numbers as ECMAScript writes the double
   * that is nearest.
   *
   * @throws IllegalArgumentException if it holds what RFC 8785 has no form for: a number beyond
   *     every double, a whole number that no double is, or half of a surrogate pair
   */
  public static byte[] bytes(JsonObject value) {
    requireWholeNumbers(value);
    return bytes(value.encode());
  }

  /** Two ids that differ in their last digit must not look the same. */
  private static void requireWholeNumbers(Object value) {
    switch (value) {
      case JsonObject object ->
          object.getMap().values().forEach(CanonicalJson::requireWholeNumbers);
      case JsonArray array -> requireWholeNumbers(array.getList());
      case Map<?, ?> map -> map.values().forEach(CanonicalJson::requireWholeNumbers);
      case List<?> list -> list.forEach(CanonicalJson::requireWholeNumbers);
      case Long number -> requireExact(BigInteger.valueOf(number));
      case BigInteger number -> requireExact(number);
      case null, default -> {}
    }
  }

  private static void requireExact(BigInteger number) {
    double nearest = number.doubleValue();
    if (Double.isInfinite(nearest)
        || new BigDecimal(nearest).compareTo(new BigDecimal(number)) != 0) {
      throw new IllegalArgumentException(
          "no canonical JSON: no double is %s; send it as a text".formatted(number));
    }
  }

  /** As {@link #bytes(JsonObject)}, of a JSON text. */
  static byte[] bytes(String json) {
    try {
      return new JsonCanonicalizer(json).getEncodedUTF8();
    } catch (IOException | NumberFormatException e) {
      throw new IllegalArgumentException("no canonical JSON: " + e.getMessage(), e);
    }
  }
}
