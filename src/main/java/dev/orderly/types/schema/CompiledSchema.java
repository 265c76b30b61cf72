package dev.orderly.types.schema;

import dev.orderly.domain.Violation;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.json.PlainJson;
import dev.orderly.types.json.Pointers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.SchemaException;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A JSON Schema 2020-12 that was checked and made ready. Safe for many threads.
 *
 * <p>The library's validator alone decides what is wrong. It is spared instances that a quick look
 * knows it would find valid (ADR 14).
 */
public final class CompiledSchema {
  private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

  private static final String BASE = "app://orderly/";
  private static final List<String> META_PARTS =
      List.of(
          "schema",
          "meta/core",
          "meta/applicator",
          "meta/validation",
          "meta/meta-data",
          "meta/format-annotation",
          "meta/content",
          "meta/unevaluated");
  private static final CompiledSchema META = meta();

  private final String place;
  private final JsonSchema root;
  private final SchemaRepository repository;
  private final Validator validator;
  private final Acceptance acceptance;

  private CompiledSchema(
      String place,
      JsonSchema root,
      SchemaRepository repository,
      Validator validator,
      Acceptance acceptance) {
    this.place = place;
    this.root = root;
    this.repository = repository;
    this.validator = validator;
    this.acceptance = acceptance;
  }

  /** What is wrong with a schema, pointers into the schema; empty if it may be compiled. */
  public static List<Violation> faults(JsonObject schema) {
    var faults = new ArrayList<Violation>();
    var dialect = schema.getValue("$schema");
    if (dialect != null && !dialect.equals(DIALECT) && !dialect.equals(DIALECT + "#")) {
      faults.add(
          new Violation(
              "/$schema", "schema.dialect", "expected " + DIALECT + ", found " + dialect));
    }
    faults.addAll(META.validate(schema));
    if (faults.isEmpty()) {
      references(schema, faults);
    }
    return faults;
  }

  /**
   * @param place what the schema is for, as failures name it
   * @param schema free of {@link #faults}; it is copied
   */
  public static CompiledSchema compile(String place, JsonObject schema) {
    var repository = SchemaRepository.create(options());
    var root = (JsonSchema) prepared(schema);
    repository.dereference(BASE, root);
    return new CompiledSchema(
        place, root, repository, repository.validator(root), acceptance(schema, root, repository));
  }

  /** With marks that are the validator's own in the source it would follow those. */
  private static Acceptance acceptance(
      JsonObject source, JsonSchema root, SchemaRepository repository) {
    return source.encode().contains("__absolute_")
        ? Acceptance.NOTHING
        : PlainSchemas.of((JsonObject) root, repository, options());
  }

  /**
   * @return every violation, pointers from the instance's root
   * @throws TypeFailure if the schema cannot be applied to this instance
   */
  public List<Violation> validate(Object instance) {
    try {
      return accepts(instance) ? List.of() : judge(instance);
    } catch (RuntimeException e) {
      throw new TypeFailure(place + ": the schema cannot be applied: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new TypeFailure(place + ": the schema recurses too deeply for this value", e);
    }
  }

  /** True if the instance is valid; if false it may be. */
  boolean accepts(Object instance) {
    return acceptance.accepts(instance);
  }

  /** What the library's validator finds. */
  List<Violation> judge(Object instance) {
    var output = validator.validate(instance);
    return output.getValid()
        ? List.of()
        : new SchemaErrors(root, repository, instance).violations(output.getErrors());
  }

  private static JsonSchemaOptions options() {
    return new JsonSchemaOptions()
        .setBaseUri(BASE)
        .setDraft(Draft.DRAFT202012)
        .setOutputFormat(OutputFormat.Basic);
  }

  /**
   * A copy in which every object is a {@link JsonSchema}. The validator would otherwise wrap them
   * as it meets them and write them back, which no two threads may do at once.
   */
  private static Object prepared(Object value) {
    return switch (PlainJson.json(value)) {
      case JsonObject object -> {
        object.getMap().replaceAll((key, child) -> prepared(child));
        yield JsonSchema.of(object);
      }
      case JsonArray array -> {
        for (int i = 0; i < array.size(); i++) {
          array.set(i, prepared(array.getValue(i)));
        }
        yield array;
      }
      case null -> null;
      case Object leaf -> leaf;
    };
  }

  private static CompiledSchema meta() {
    var repository = SchemaRepository.create(options());
    JsonSchema root = null;
    for (var part : META_PARTS) {
      var path = "/json-schema.org/draft/2020-12/" + part;
      try (var in = SchemaRepository.class.getResourceAsStream(path)) {
        var schema =
            (JsonSchema)
                prepared(new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
        repository.dereference(schema.<String>get("$id"), schema);
        root = root == null ? schema : root;
      } catch (IOException e) {
        throw new UncheckedIOException(path, e);
      }
    }
    return new CompiledSchema(
        DIALECT, root, repository, repository.validator(DIALECT), Acceptance.NOTHING);
  }

  private static void references(JsonObject schema, List<Violation> faults) {
    var repository = SchemaRepository.create(options());
    var root = (JsonSchema) prepared(schema);
    try {
      repository.dereference(BASE, root);
    } catch (SchemaException | ClassCastException | NullPointerException e) {
      faults.add(new Violation("", "schema.invalid", "cannot be resolved: " + e.getMessage()));
      return;
    }
    unresolved((JsonObject) root, "", repository, faults);
  }

  private static void unresolved(
      Object value, String pointer, SchemaRepository repository, List<Violation> faults) {
    if (value instanceof JsonArray array) {
      for (int i = 0; i < array.size(); i++) {
        unresolved(array.getValue(i), pointer + "/" + i, repository, faults);
      }
    } else if (value instanceof JsonObject object) {
      // The repository has put the absolute form beside each reference that is one.
      var target = object.getString("__absolute_ref__");
      if (target != null && repository.find(target) == null) {
        faults.add(
            new Violation(
                pointer + "/$ref",
                "schema.ref",
                "$ref %s leads nowhere in this schema".formatted(object.getString("$ref"))));
      }
      for (var key : List.copyOf(object.getMap().keySet())) {
        unresolved(object.getValue(key), Pointers.child(pointer, key), repository, faults);
      }
    }
  }
}
