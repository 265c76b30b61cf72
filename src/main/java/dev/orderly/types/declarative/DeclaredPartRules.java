package dev.orderly.types.declarative;

import dev.orderly.domain.Violation;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.Part;
import dev.orderly.types.PartRules;
import dev.orderly.types.declarative.DeclaredParts.DeclaredKey;
import dev.orderly.types.json.PlainJson;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a declared type thinks of parts. */
final class DeclaredPartRules implements PartRules {
  private final DeclarativeType type;
  private final DeclaredParts parts;

  DeclaredPartRules(DeclarativeType type, DeclaredParts parts) {
    this.type = type;
    this.parts = parts;
  }

  @Override
  public List<Violation> validatePart(OrderView order, ItemView item, Part part) {
    var declared = declared(part.key()).orElseThrow();
    if (declared.schema() != null) {
      var violations = declared.schema().validate(part.payload());
      // The checks may rely on the schema, so they only see parts that meet it.
      if (!violations.isEmpty()) {
        return violations;
      }
    }
    if (declared.checks().isEmpty()) {
      return List.of();
    }
    var view = new HashMap<String, Object>();
    view.put("key", part.key());
    view.put("seq", part.sequence());
    view.put("payload", PlainJson.plain(part.payload()));
    return DeclarativeType.broken(declared.checks(), document(order, item, "part", view));
  }

  @Override
  public List<String> requiredParts(OrderView order, ItemView item) {
    var required = new LinkedHashSet<>(type.parts().requiredKeys());
    if (parts.required() != null) {
      var value =
          parts
              .required()
              .evaluatePlain(
                  Map.of(
                      "order", DeclarativeType.plain(order), "item", DeclarativeType.plain(item)));
      switch (value) {
        case null -> {}
        case JsonArray several -> several.forEach(key -> required.add(requiredKey(key)));
        default -> required.add(requiredKey(value));
      }
    }
    return List.copyOf(required);
  }

  private String requiredKey(Object key) {
    if (key instanceof String text && declared(text).isPresent()) {
      return text;
    }
    throw parts.required().failure("the type takes no part with the key " + key, null);
  }

  @Override
  public JsonObject assemble(OrderView order, ItemView item, List<Part> given) {
    var byKey = type.parts().byKey(given);
    if (parts.assemble() == null) {
      return new JsonObject(byKey);
    }
    var value =
        parts
            .assemble()
            .evaluatePlain(document(order, item, "parts", PlainJson.plain(new JsonObject(byKey))));
    if (value instanceof JsonObject result) {
      return result;
    }
    throw parts.assemble().failure("expected an object, the expression gives " + value, null);
  }

  @Override
  public List<Violation> validateAssembled(OrderView order, ItemView item, JsonObject result) {
    var violations = type.validateSubmission(order, item, result);
    return !violations.isEmpty() || parts.checks().isEmpty()
        ? violations
        : DeclarativeType.broken(
            parts.checks(), document(order, item, "result", PlainJson.plain(result)));
  }

  private Optional<DeclaredKey> declared(String key) {
    return type.parts()
        .find(key)
        .flatMap(
            found -> parts.keys().stream().filter(declared -> declared.key() == found).findFirst());
  }

  private static Map<String, Object> document(
      OrderView order, ItemView item, String name, Object value) {
    return Map.of(
        "order", DeclarativeType.plain(order), "item", DeclarativeType.plain(item), name, value);
  }
}
