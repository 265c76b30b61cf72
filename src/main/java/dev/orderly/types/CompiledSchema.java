package dev.orderly.types;

import dev.orderly.domain.Violation;
import dev.orderly.schema.SchemaValidator;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** A schema of an order type, checked and made ready. Safe for many threads. */
final class CompiledSchema {
  private final String place;
  private final SchemaValidator validator;

  private CompiledSchema(String place, SchemaValidator validator) {
    this.place = place;
    this.validator = validator;
  }

  /** What is wrong with a schema, pointers into the schema; empty if it may be compiled. */
  static List<Violation> faults(JsonObject schema) {
    return SchemaValidator.faults(schema);
  }

  /**
   * @param place what the schema is for, as failures name it
   * @param schema free of {@link #faults}; it is copied
   */
  static CompiledSchema compile(String place, JsonObject schema) {
    return new CompiledSchema(place, SchemaValidator.compile((JsonObject) PlainJson.json(schema)));
  }

  /**
   * @return every violation, pointers from the instance's root
   * @throws TypeFailure if the schema cannot be applied to this instance
   */
  List<Violation> validate(Object instance) {
    try {
      return validator.validate(instance);
    } catch (RuntimeException e) {
      throw new TypeFailure(place + ": the schema cannot be applied: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new TypeFailure(place + ": the schema recurses too deeply for this value", e);
    }
  }
}
