package dev.orderly.types.declarative;

import dev.orderly.domain.Violation;
import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.DependencyRules;
import dev.orderly.types.EvidenceRules;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.PartsSpec;
import dev.orderly.types.PredictionSpec;
import dev.orderly.types.RevertSpec;
import dev.orderly.types.ReviewPolicy;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeSettings;
import dev.orderly.types.expression.JsonataExpression;
import dev.orderly.types.json.PlainJson;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** A type that a YAML file declares. */
public final class DeclarativeType implements OrderType {
  private final Compiled compiled;
  private final Origin origin;
  private final PartsSpec parts;
  private final boolean judgesResultAlone;

  /**
   * What the file was compiled to.
   *
   * @param payloadSchema frozen, as {@code resultSchema} is: both are given to everyone
   * @param plan null for the default plan
   * @param limitKey null if items have none
   * @param reverting null if changes cannot be undone
   * @param parts null if results are taken whole only
   */
  record Compiled(
      String name,
      String version,
      String title,
      String description,
      String source,
      JsonObject payloadSchema,
      CompiledSchema payload,
      JsonataExpression plan,
      JsonataExpression limitKey,
      JsonObject resultSchema,
      CompiledSchema result,
      List<Rule> submissionRules,
      EvidenceRules evidence,
      List<Rule> approvalRules,
      ReviewPolicy review,
      DeclaredParts parts,
      ApplySpec apply,
      ApplyExtras extras,
      PredictionSpec prediction,
      RevertSpec reverting,
      TypeSettings settings,
      DependencyRules dependencies) {}

  /** The file that the type is declared in, and the line of each part by its pointer. */
  record Origin(Path file, ToIntFunction<String> lines) {}

  /**
   * @param origin null if the declaration comes from no file
   */
  DeclarativeType(Compiled compiled, Origin origin) {
    this.compiled = compiled;
    this.origin = origin;
    this.parts = compiled.parts == null ? null : compiled.parts.spec(this);
    this.judgesResultAlone =
        compiled.submissionRules.isEmpty() && SchemaCost.growsWithTheText(compiled.resultSchema);
  }

  DeclarativeType from(Origin file) {
    return new DeclarativeType(compiled, file);
  }

  /**
   * Builds a type again from what {@link #source} gave.
   *
   * @throws TypeFailure if the text declares no valid type
   */
  public static DeclarativeType restore(String canonicalJson) {
    return TypeCompiler.restore(canonicalJson);
  }

  /**
   * Says what was found wrong with a text of the declaration, in the form in which a faulty file is
   * refused: {@code file:line: part: cause}, or with the type's name if it comes from no file.
   *
   * @param pointer to the text
   * @param text as it was declared
   * @param line of the text on which the fault lies, from 0
   */
  public String fault(String pointer, String text, int line, String cause) {
    var fault = new TypeDraft.Fault(pointer, TypeDraft.linesBelow(text, line), cause);
    return origin == null
        ? "type %s: %s".formatted(compiled.name, fault.words())
        : TypeFiles.line(
            origin.file, origin.lines.applyAsInt(pointer) + fault.linesBelow(), fault.words());
  }

  /** The whole declaration as JSON text; {@link #restore} makes the same type of it. */
  public String source() {
    return compiled.source;
  }

  @Override
  public String name() {
    return compiled.name;
  }

  @Override
  public String version() {
    return compiled.version;
  }

  @Override
  public String title() {
    return compiled.title;
  }

  @Override
  public String description() {
    return compiled.description;
  }

  @Override
  public JsonObject payloadSchema() {
    return compiled.payloadSchema;
  }

  @Override
  public JsonObject resultSchema() {
    return compiled.resultSchema;
  }

  @Override
  public TypeSettings settings() {
    return compiled.settings;
  }

  @Override
  public List<Violation> validatePayload(JsonObject payload) {
    return compiled.payload.validate(payload);
  }

  @Override
  public List<ItemPlan> plan(OrderView order) {
    if (compiled.plan == null) {
      return List.of(new ItemPlan(null, null, order.payload().copy(), null));
    }
    var value = compiled.plan.evaluatePlain(PlanReader.document(order));
    return new PlanReader(compiled.plan).items(value);
  }

  @Override
  public String limitKey(OrderView order, ItemPlan item) {
    if (compiled.limitKey == null) {
      return null;
    }
    var view = new HashMap<String, Object>();
    view.put("type", item.type() == null ? compiled.name : item.type());
    view.put("key", item.key());
    view.put("input", PlainJson.plain(item.input()));
    return switch (compiled.limitKey.evaluatePlain(Map.of("order", plain(order), "item", view))) {
      case null -> null;
      case String text when text.length() <= PlanReader.LONGEST_KEY -> text;
      case Number number -> number.toString();
      case Boolean truth -> truth.toString();
      case Object other ->
          throw compiled.limitKey.failure(
              "expected a text of at most %d characters, found %s"
                  .formatted(PlanReader.LONGEST_KEY, other),
              null);
    };
  }

  @Override
  public boolean readsOrderOnSubmission() {
    return !compiled.submissionRules.isEmpty();
  }

  @Override
  public boolean judgesResultAlone() {
    return judgesResultAlone;
  }

  @Override
  public List<Violation> validateSubmission(OrderView order, ItemView item, JsonObject result) {
    var violations = compiled.result.validate(result);
    // The checks may rely on the schema, so they only see results that meet it.
    if (!violations.isEmpty() || compiled.submissionRules.isEmpty()) {
      return violations;
    }
    var document =
        Map.of("order", plain(order), "item", plain(item), "result", PlainJson.plain(result));
    return broken(compiled.submissionRules, document);
  }

  @Override
  public EvidenceRules evidence() {
    return compiled.evidence;
  }

  @Override
  public PartsSpec parts() {
    return parts;
  }

  @Override
  public List<Violation> canApprove(OrderView order, List<ItemView> items) {
    if (compiled.approvalRules.isEmpty()) {
      return List.of();
    }
    var plainItems =
        items.stream()
            .map(
                item -> {
                  var view = plain(item);
                  view.put("result", PlainJson.plain(item.result()));
                  return view;
                })
            .toList();
    return broken(compiled.approvalRules, Map.of("order", plain(order), "items", plainItems));
  }

  @Override
  public DependencyRules dependencies() {
    return compiled.dependencies;
  }

  @Override
  public ReviewPolicy review() {
    return compiled.review;
  }

  @Override
  public ApplySpec apply() {
    return compiled.apply;
  }

  @Override
  public ApplyExtras applyExtras() {
    return compiled.extras;
  }

  @Override
  public PredictionSpec prediction() {
    return compiled.prediction;
  }

  @Override
  public RevertSpec reverting() {
    return compiled.reverting;
  }

  static List<Violation> broken(List<Rule> rules, Object document) {
    return rules.stream().flatMap(rule -> rule.broken(document).stream()).toList();
  }

  static Map<String, Object> plain(OrderView order) {
    var view = new HashMap<String, Object>();
    view.put("id", order.id().toString());
    view.put("type", order.type());
    view.put("payload", PlainJson.plain(order.payload()));
    view.put("meta", PlainJson.plain(order.meta()));
    view.put("priority", order.priority());
    return view;
  }

  static Map<String, Object> plain(ItemView item) {
    var view = new HashMap<String, Object>();
    view.put("id", item.id() == null ? null : item.id().toString());
    view.put("type", item.type());
    view.put("key", item.key());
    view.put("input", PlainJson.plain(item.input()));
    return view;
  }
}
