package dev.orderly.types.schema;

import dev.orderly.types.schema.PlainSchema.Elements;
import dev.orderly.types.schema.PlainSchema.Kind;
import dev.orderly.types.schema.PlainSchema.Members;
import dev.orderly.types.schema.PlainSchema.Range;
import dev.orderly.types.schema.PlainSchema.Text;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.SchemaRepository;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Makes plain schemas of one schema's parts. A part with any other keyword, or with a keyword used
 * in an unusual way, becomes {@link Acceptance#NOTHING}, and only instances that reach it are left
 * to the validator.
 */
final class PlainSchemas {
  /** What the validator reads nothing from, and the notes it leaves beside keywords. */
  private static final Set<String> SILENT =
      words(
          """
          $schema $id $anchor $comment $defs definitions title description default example examples
          deprecated readOnly writeOnly __absolute_uri__ __absolute_ref__
          """);

  private static final Set<String> PLAIN =
      words(
          """
          $ref allOf type enum const
          required properties additionalProperties minProperties maxProperties
          items minItems maxItems uniqueItems
          minLength maxLength pattern format
          minimum maximum exclusiveMinimum exclusiveMaximum
          """);

  /** Bounds the stack, here and when an instance is looked at. */
  private static final int MAX_DEPTH = 64;

  /** References may name one part many times over, each of which is compiled anew. */
  private static final int MAX_PARTS = 10_000;

  private final SchemaRepository repository;
  private final JsonSchemaOptions options;
  private final Set<Map<String, Object>> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private int parts;

  private PlainSchemas(SchemaRepository repository, JsonSchemaOptions options) {
    this.repository = repository;
    this.options = options;
  }

  /**
   * @param root dereferenced in the repository
   * @param options with which the validator was made
   */
  static Acceptance of(JsonObject root, SchemaRepository repository, JsonSchemaOptions options) {
    return new PlainSchemas(repository, options).part(root);
  }

  private Acceptance part(Object schema) {
    if (schema instanceof Boolean any) {
      return any ? Acceptance.ANYTHING : Acceptance.NOTHING;
    }
    if (!(schema instanceof JsonObject object) || ++parts > MAX_PARTS || open.size() >= MAX_DEPTH) {
      return Acceptance.NOTHING;
    }
    // One part is wrapped more than once, so it is its map that tells whether it contains itself.
    if (!open.add(object.getMap())) {
      return Acceptance.NOTHING;
    }
    try {
      return plain(object);
    } catch (NotPlain | PatternSyntaxException e) {
      return Acceptance.NOTHING;
    } finally {
      open.remove(object.getMap());
    }
  }

  private Acceptance plain(JsonObject schema) {
    for (var keyword : schema.fieldNames()) {
      if (!PLAIN.contains(keyword) && !SILENT.contains(keyword)) {
        return Acceptance.NOTHING;
      }
    }
    return new PlainSchema(
        kinds(schema),
        values(schema),
        others(schema),
        members(schema),
        elements(schema),
        text(schema),
        range(schema));
  }

  private static Set<Kind> kinds(JsonObject schema) {
    if (!schema.containsKey("type")) {
      return EnumSet.allOf(Kind.class);
    }
    var kinds = EnumSet.noneOf(Kind.class);
    var type = schema.getValue("type");
    for (var name : type instanceof JsonArray several ? several : List.of(type)) {
      kinds.add(kind(name));
    }
    return kinds;
  }

  private static Kind kind(Object name) {
    for (var kind : Kind.values()) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(name)) {
        return kind;
      }
    }
    throw new NotPlain();
  }

  private static Set<Object> values(JsonObject schema) {
    Set<Object> values = null;
    if (schema.containsKey("enum")) {
      values = new HashSet<>();
      for (var value : value(schema, "enum", JsonArray.class, null)) {
        addScalar(values, value);
      }
    }
    if (schema.containsKey("const")) {
      var value = new HashSet<>();
      addScalar(value, schema.getValue("const"));
      if (values != null) {
        value.retainAll(values);
      }
      values = value;
    }
    return values;
  }

  /** Whatever is left out is equal to nothing, so that the validator compares it. */
  private static void addScalar(Set<Object> values, Object value) {
    switch (value) {
      case null -> values.add(null);
      case Integer number -> values.add(number.longValue());
      case Long _, String _, Boolean _ -> values.add(value);
      default -> {}
    }
  }

  private List<Acceptance> others(JsonObject schema) {
    var others = new ArrayList<Acceptance>();
    if (schema.containsKey("$ref")) {
      var target = value(schema, "__absolute_ref__", String.class, null);
      others.add(target == null ? Acceptance.NOTHING : part(repository.find(target)));
    }
    for (var other : value(schema, "allOf", JsonArray.class, new JsonArray())) {
      others.add(part(other));
    }
    return List.copyOf(others);
  }

  private Members members(JsonObject schema) {
    var required = new ArrayList<String>();
    for (var name : value(schema, "required", JsonArray.class, new JsonArray())) {
      if (!(name instanceof String text)) {
        throw new NotPlain();
      }
      required.add(text);
    }
    var properties = new HashMap<String, Acceptance>();
    var described = value(schema, "properties", JsonObject.class, new JsonObject());
    for (var name : described.fieldNames()) {
      properties.put(name, part(described.getValue(name)));
    }
    return new Members(
        List.copyOf(required),
        value(schema, "minProperties", Integer.class, 0),
        value(schema, "maxProperties", Integer.class, Integer.MAX_VALUE),
        Map.copyOf(properties),
        within(schema, "additionalProperties"));
  }

  private Elements elements(JsonObject schema) {
    return new Elements(
        value(schema, "minItems", Integer.class, 0),
        value(schema, "maxItems", Integer.class, Integer.MAX_VALUE),
        value(schema, "uniqueItems", Boolean.class, false),
        within(schema, "items"));
  }

  private Acceptance within(JsonObject schema, String keyword) {
    return schema.containsKey(keyword) ? part(schema.getValue(keyword)) : Acceptance.ANYTHING;
  }

  private Text text(JsonObject schema) {
    var rules = new ArrayList<Predicate<String>>();
    if (schema.containsKey("pattern")) {
      rules.add(Pattern.compile(value(schema, "pattern", String.class, null)).asPredicate());
    }
    if (schema.containsKey("format")) {
      rules.add(Formats.rule(value(schema, "format", String.class, null), options));
    }
    return new Text(
        value(schema, "minLength", Integer.class, 0),
        value(schema, "maxLength", Integer.class, Integer.MAX_VALUE),
        List.copyOf(rules));
  }

  private static Range range(JsonObject schema) {
    var range =
        new Range(
            limit(schema, "minimum", Double.NEGATIVE_INFINITY),
            limit(schema, "maximum", Double.POSITIVE_INFINITY),
            limit(schema, "exclusiveMinimum", Double.NEGATIVE_INFINITY),
            limit(schema, "exclusiveMaximum", Double.POSITIVE_INFINITY));
    return range.equals(Range.ALL) ? Range.ALL : range;
  }

  private static double limit(JsonObject schema, String keyword, double absent) {
    return switch (value(schema, keyword, Number.class, absent)) {
      case Integer number -> number;
      case Long number -> number;
      case Double number -> number;
      case Number _ -> throw new NotPlain();
    };
  }

  /**
   * @throws NotPlain if the keyword is there with another kind of value
   */
  private static <T> T value(JsonObject schema, String keyword, Class<T> kind, T absent) {
    if (!schema.containsKey(keyword)) {
      return absent;
    }
    if (!kind.isInstance(schema.getValue(keyword))) {
      throw new NotPlain();
    }
    return kind.cast(schema.getValue(keyword));
  }

  private static Set<String> words(String text) {
    return Set.of(text.strip().split("\\s+"));
  }

  private static final class NotPlain extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotPlain() {
      super(null, null, false, false);
    }
  }
}
