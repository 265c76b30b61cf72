package dev.orderly.types.plugin;

import dev.orderly.domain.Violation;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.JavaApply;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.Part;
import dev.orderly.types.PartRules;
import dev.orderly.types.PartsSpec.Key;
import dev.orderly.types.PredictionSpec;
import dev.orderly.types.RevertSpec;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeSettings;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The base of order types in Java. A type gives its name, the two schemas and {@link
 * JavaApply#apply}; everything else has a default. One instance serves all orders at once, so it
 * keeps no state of theirs. Hooks run on virtual threads and may block.
 */
public abstract class AbstractOrderType implements OrderType, JavaApply, PartRules {
  private final Map<JsonObject, CompiledSchema> partSchemas = new ConcurrentHashMap<>();
  private volatile CompiledSchema payload;
  private volatile CompiledSchema result;

  /** For subclasses. */
  protected AbstractOrderType() {}

  /** JSON Schema 2020-12 of the payload; the same each time. */
  public abstract JsonObject schema();

  @Override
  public abstract JsonObject resultSchema();

  /**
   * {@inheritDoc} Keep it for as long as the code handles the orders proposed under it: they find
   * their type by this text.
   */
  @Override
  public String version() {
    return "1";
  }

  @Override
  public String title() {
    return name();
  }

  @Override
  public String description() {
    return "";
  }

  @Override
  public TypeSettings settings() {
    return TypeSettings.DEFAULT;
  }

  @Override
  public final JsonObject payloadSchema() {
    return schema();
  }

  @Override
  public List<Violation> validatePayload(JsonObject payload) {
    return payload().validate(payload);
  }

  /** One item, whose input is the payload. */
  @Override
  public List<ItemPlan> plan(OrderView order) {
    return List.of(new ItemPlan(null, null, order.payload().copy(), null));
  }

  /** The result's schema; what meets it goes to {@link #afterValidateSubmission}. */
  @Override
  public List<Violation> validateSubmission(OrderView order, ItemView item, JsonObject result) {
    var violations = result().validate(result);
    return violations.isEmpty() ? afterValidateSubmission(order, item, result) : violations;
  }

  /**
   * Looks at a result that meets its schema.
   *
   * @return everything wrong with it, pointers from the result's root; empty if valid
   */
  protected List<Violation> afterValidateSubmission(
      OrderView order, ItemView item, JsonObject result) {
    return List.of();
  }

  /**
   * The schema of the part's key in {@link #parts}, if it has one.
   *
   * <p>{@inheritDoc}
   */
  @Override
  public List<Violation> validatePart(OrderView order, ItemView item, Part part) {
    var schema = parts() == null ? null : parts().find(part.key()).map(Key::schema).orElse(null);
    return schema == null
        ? List.of()
        : partSchemas
            .computeIfAbsent(schema, given -> compile("part " + part.key(), given))
            .validate(part.payload());
  }

  /**
   * Those that {@link #parts} says are required.
   *
   * <p>{@inheritDoc}
   */
  @Override
  public List<String> requiredParts(OrderView order, ItemView item) {
    return parts() == null ? List.of() : parts().requiredKeys();
  }

  /**
   * An object with the payload of each key; of a key in chunks the list of them.
   *
   * <p>{@inheritDoc}
   */
  @Override
  public JsonObject assemble(OrderView order, ItemView item, List<Part> parts) {
    var spec = parts();
    return new JsonObject(spec == null ? lastOfEach(parts) : spec.byKey(parts));
  }

  private static Map<String, Object> lastOfEach(List<Part> parts) {
    var assembled = new LinkedHashMap<String, Object>();
    parts.forEach(part -> assembled.put(part.key(), part.payload()));
    return assembled;
  }

  /** As at a result that was submitted whole. */
  @Override
  public List<Violation> validateAssembled(OrderView order, ItemView item, JsonObject result) {
    return validateSubmission(order, item, result);
  }

  @Override
  public List<Violation> canApprove(OrderView order, List<ItemView> items) {
    return List.of();
  }

  @Override
  public final ApplySpec apply() {
    return new ApplySpec.Java(this);
  }

  /**
   * Whether a change that differs from its approved {@link #preview} is held for review; false
   * unless overridden. Only for types that foretell their changes, and not for those that are
   * applied item by item: an order whose change cannot be foretold is never ready for approval
   * then.
   */
  public boolean holdOnDifference() {
    return false;
  }

  @Override
  public PredictionSpec prediction() {
    return holdOnDifference() ? PredictionSpec.HOLD : PredictionSpec.NONE;
  }

  /** Whether {@link #revert} undoes changes; false unless overridden. */
  public boolean revertible() {
    return false;
  }

  @Override
  public RevertSpec reverting() {
    return revertible()
        ? new RevertSpec(new ApplySpec.Java(this), PredictionSpec.NONE, false)
        : null;
  }

  /**
   * A diff of two JSON objects or arrays.
   *
   * @param summary one line for people; null means a count of the changes
   */
  protected static Diff makeDiff(Object before, Object after, String summary) {
    return Diffs.of(before, after, summary);
  }

  /** A diff that says that nothing changed. */
  protected static Diff emptyDiff(String summary) {
    return Diffs.none(summary);
  }

  private CompiledSchema payload() {
    var compiled = payload;
    if (compiled == null) {
      compiled = compile("payload", schema());
      payload = compiled;
    }
    return compiled;
  }

  private CompiledSchema result() {
    var compiled = result;
    if (compiled == null) {
      compiled = compile("result", resultSchema());
      result = compiled;
    }
    return compiled;
  }

  private CompiledSchema compile(String what, JsonObject schema) {
    var place = "type " + name() + ": " + what + " schema";
    var faults = CompiledSchema.faults(schema);
    if (!faults.isEmpty()) {
      var first = faults.getFirst();
      throw new TypeFailure(place + first.pointer() + ": " + first.message(), null);
    }
    return CompiledSchema.compile(place, schema);
  }
}
