package dev.orderly.types.schema;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Schemas and values over few names and few values, so that the one often fits the other. The same
 * for the same seed.
 */
final class RandomSchemas {
  private static final List<String> NAMES = List.of("a", "b", "id", "a/b ~é");
  private static final List<String> TYPES =
      List.of("null", "boolean", "integer", "number", "string", "array", "object");
  private static final List<Object> PLAIN_SCALARS =
      Arrays.asList(null, true, false, "", "a", "ab", "b\n", "😀", "😀x", 0, 1, 3, 7L, 2.0, -1.5);
  private static final List<Object> ODD_SCALARS =
      List.of(
          "\ud83d",
          "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10",
          "0197F3A0-5B7E-7C31-9D0A-2F6F3F1F8A10",
          "urn:uuid:0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10",
          "2026-01-31",
          "2026-01-31T12:00:00Z",
          "a@example.org",
          "https://example.org/",
          -0.0,
          1.0,
          1e300,
          2e300,
          Double.NaN,
          9_007_199_254_740_993L,
          Long.MAX_VALUE,
          Long.MIN_VALUE,
          (short) 1,
          (byte) 3,
          1.5f,
          2f,
          new BigDecimal("1"),
          new BigDecimal("1.0"),
          new BigDecimal("2.50"),
          BigInteger.ONE,
          BigInteger.TWO.pow(70),
          new StringBuilder("a"));
  private static final List<Object> LIMITS = List.of(-1, 0, 1, 2, 3L, 1.5, 2.0);
  private static final List<String> FORMATS =
      List.of("uuid", "date", "date-time", "email", "uri", "regex", "made-up");
  private static final List<String> PATTERNS = List.of("^a", "b$", "^(a|b)*$", ".", "^\\S{1,2}$");

  private final Random random;
  private final boolean odd;

  /**
   * @param odd whether there are other keywords than plain ones, and values that need the validator
   */
  RandomSchemas(long seed, boolean odd) {
    this.random = new Random(seed);
    this.odd = odd;
  }

  JsonObject root() {
    var root = schema(3, List.of("#/$defs/x", "#/$defs/y"));
    // Whatever refers to something stands where something is, so that nothing goes round for ever.
    var defs = new JsonObject().put("y", schema(1, List.of()));
    defs.put("x", schema(2, List.of("#/$defs/y")));
    if (odd && one(6)) {
      root.put("properties", new JsonObject().put("a", new JsonObject().put("$ref", "#")));
    }
    return root.put("$defs", defs);
  }

  private JsonObject schema(int depth, List<String> references) {
    var schema = new JsonObject();
    for (int i = random.nextInt(4); i > 0; i--) {
      if (depth > 0 && random.nextBoolean()) {
        structure(schema, depth - 1, references);
      } else if (odd && one(4)) {
        oddScalarKeyword(schema);
      } else {
        scalarKeyword(schema);
      }
    }
    return schema;
  }

  private Object part(int depth, List<String> references) {
    return one(10) ? (Object) random.nextBoolean() : schema(depth, references);
  }

  private void structure(JsonObject schema, int depth, List<String> references) {
    switch (random.nextInt(odd ? 20 : 12)) {
      case 0, 1, 2, 3 -> {
        var properties = new JsonObject();
        for (int i = random.nextInt(3); i >= 0; i--) {
          properties.put(pick(NAMES), part(depth, references));
        }
        schema.put("properties", properties);
      }
      case 4 -> schema.put("required", new JsonArray().add(pick(NAMES)));
      case 5 -> schema.put("additionalProperties", part(depth, references));
      case 6 -> schema.put("additionalProperties", false);
      case 7, 8 -> schema.put("items", part(depth, references));
      case 9 -> schema.put("allOf", parts(depth, references));
      case 10 -> schema.put(pick(List.of("minProperties", "minItems")), random.nextInt(3));
      case 11 -> {
        if (references.isEmpty()) {
          schema.put(pick(List.of("maxProperties", "maxItems")), random.nextInt(4));
        } else {
          schema.put("$ref", pick(references));
        }
      }
      case 12 ->
          schema.put(pick(List.of("anyOf", "oneOf", "prefixItems")), parts(depth, List.of()));
      case 13 -> schema.put(pick(List.of("not", "if", "then", "else")), part(depth, List.of()));
      case 14 -> schema.put(pick(List.of("contains", "propertyNames")), part(depth, List.of()));
      case 15 -> schema.put(pick(List.of("unevaluatedProperties", "unevaluatedItems")), false);
      case 16 ->
          schema.put(
              pick(List.of("patternProperties", "dependentSchemas")),
              new JsonObject().put("a", part(depth, List.of())));
      case 17 ->
          schema.put(
              "dependentRequired",
              new JsonObject().put(pick(NAMES), new JsonArray().add(pick(NAMES))));
      case 18 -> schema.put(pick(List.of("minItems", "maxItems", "maxProperties")), 2L);
      default -> schema.put("uniqueItems", random.nextBoolean());
    }
  }

  private JsonArray parts(int depth, List<String> references) {
    return new JsonArray().add(part(depth, references)).add(part(depth, references));
  }

  private void scalarKeyword(JsonObject schema) {
    switch (random.nextInt(9)) {
      case 0, 1 -> schema.put("type", pick(TYPES));
      case 2 -> schema.put("type", new JsonArray().add(pick(TYPES)).add(pick(TYPES)));
      case 3 -> {
        var values = new JsonArray();
        for (int i = 0; i < 5; i++) {
          values.add(constant());
        }
        schema.put("enum", values);
      }
      case 4 -> schema.put("const", constant());
      case 5 -> schema.put(pick(List.of("minimum", "exclusiveMinimum")), pick(LIMITS));
      case 6 -> schema.put(pick(List.of("maximum", "exclusiveMaximum")), pick(LIMITS));
      case 7 -> schema.put(pick(List.of("minLength", "maxLength")), random.nextInt(3));
      default -> schema.put("pattern", pick(PATTERNS));
    }
  }

  private void oddScalarKeyword(JsonObject schema) {
    switch (random.nextInt(6)) {
      case 0 -> schema.put("multipleOf", pick(LIMITS));
      case 1 -> schema.put(pick(List.of("minLength", "maxLength")), pick(List.of(2L, 1.5, "2")));
      case 2 -> schema.put(pick(List.of("minimum", "maximum")), pick(ODD_SCALARS.subList(8, 25)));
      case 3 -> schema.put("type", pick(List.of("any", "file")));
      default -> schema.put("format", pick(FORMATS));
    }
  }

  /** No whole number that is also among the values as a decimal, unless odd. */
  private Object constant() {
    if (odd) {
      return one(8) ? JsonObject.of("a", 1) : one(4) ? pick(ODD_SCALARS) : pick(PLAIN_SCALARS);
    }
    return pick(PLAIN_SCALARS.subList(0, PLAIN_SCALARS.size() - 2));
  }

  /** Objects and arrays are maps and lists here and there. */
  Object value(int depth) {
    if (depth > 0 && random.nextInt(5) < 3) {
      return random.nextInt(3) > 0 ? object(depth - 1) : array(depth - 1);
    }
    return odd && one(3) ? pick(ODD_SCALARS) : pick(PLAIN_SCALARS);
  }

  private Object object(int depth) {
    Map<String, Object> members = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      members.put(pick(NAMES), value(depth));
    }
    return random.nextBoolean() ? members : new JsonObject(members);
  }

  private Object array(int depth) {
    List<Object> elements = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      elements.add(value(depth));
    }
    return random.nextBoolean() ? elements : new JsonArray(elements);
  }

  private boolean one(int of) {
    return random.nextInt(of) == 0;
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
