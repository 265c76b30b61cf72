package dev.orderly.types.declarative;

import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.domain.Sha256;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeLimits;
import dev.orderly.types.TypeSettings;
import dev.orderly.types.json.PlainJson;
import dev.orderly.types.schema.CompiledSchema;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes a type of a declaration, or says everything that is wrong with it. */
final class TypeCompiler {
  private static final int DIGEST_LENGTH = 12;
  private static final CompiledSchema STRUCTURE = structure();

  private final JsonObject declaration;
  private final TypeDraft draft;

  private TypeCompiler(JsonObject declaration) {
    this.declaration = declaration;
    this.draft = new TypeDraft(declaration);
  }

  /**
   * @param faults receives what is wrong
   * @return the type; empty if there were faults
   */
  static Optional<DeclarativeType> compile(JsonObject declaration, List<TypeDraft.Fault> faults) {
    var compiler = new TypeCompiler((JsonObject) PlainJson.json(declaration));
    var type = compiler.type();
    faults.addAll(compiler.draft.faults());
    return compiler.draft.faults().isEmpty() ? Optional.of(type) : Optional.empty();
  }

  static DeclarativeType restore(String source) {
    var faults = new ArrayList<TypeDraft.Fault>();
    try {
      var type = compile(new JsonObject(source), faults);
      if (type.isPresent()) {
        return type.get();
      }
    } catch (DecodeException e) {
      throw new TypeFailure("a stored type cannot be read: " + e.getMessage(), e);
    }
    var causes =
        faults.stream()
            .map(fault -> fault.pointer() + ": " + fault.cause())
            .collect(Collectors.joining("; "));
    throw new TypeFailure("a stored type is not valid any more: " + causes, null);
  }

  private DeclarativeType type() {
    checkStructure();
    var root = draft.root();
    var submission = root.section("submission");
    var approval = root.section("approval");
    var name = draft.name();
    var changes = new ReviewedChangeCompiler(draft);
    var compiled =
        new DeclarativeType.Compiled(
            name,
            version(),
            root.text("title", name),
            root.text("description", "").strip(),
            declaration.encode(),
            PlainJson.frozen(root.section("payload").json()),
            draft.schema(root, "payload"),
            draft.expression(root, "plan"),
            draft.expression(root.section("limits"), "key"),
            PlainJson.frozen(submission.section("schema").json()),
            draft.schema(submission, "schema"),
            rules(submission),
            new EvidenceCompiler(draft).evidence(root.section("evidence")),
            rules(approval),
            new ReviewCompiler(draft).review(approval),
            new PartsCompiler(draft, this::rules).parts(root),
            new ApplyCompiler(draft).apply(root.section("apply")),
            new ExtrasCompiler(draft).extras(root),
            changes.prediction(root.section("apply"), approval),
            changes.revert(root),
            settings(root, approval),
            DependencyCompiler.rules(root.section("dependencies")));
    return new DeclarativeType(compiled, null);
  }

  private void checkStructure() {
    for (var violation : STRUCTURE.validate(declaration)) {
      draft.fault(violation.pointer(), violation.message());
    }
  }

  private String version() {
    var label = declaration.getValue("version", 1);
    return label + "-" + Sha256.hex(PlainJson.canonical(declaration)).substring(0, DIGEST_LENGTH);
  }

  private List<Rule> rules(TypeDraft.Section section) {
    var rules = new ArrayList<Rule>();
    for (var check : section.sections("checks")) {
      if (check.has("message") == check.has("message_expression")) {
        draft.fault(check.pointer(), "expected one of message and message_expression");
      }
      rules.add(
          new Rule(
              check.text("code", ""),
              check.text("pointer", ""),
              check.text("message", null),
              draft.expression(check, "message_expression"),
              draft.expression(check, "expect")));
    }
    return rules;
  }

  private TypeSettings settings(TypeDraft.Section root, TypeDraft.Section approval) {
    var standard = TypeSettings.DEFAULT;
    var retry = root.section("retry");
    var lease = root.section("lease");
    int backoff = retry.number("backoff_seconds", standard.backoffSeconds());
    int longestBackoff =
        retry.number("max_backoff_seconds", Math.max(backoff, standard.maxBackoffSeconds()));
    if (longestBackoff < backoff) {
      draft.fault(retry.at("max_backoff_seconds"), "must not be less than backoff_seconds");
    }
    int ttl = lease.number("ttl_seconds", standard.leaseTtlSeconds());
    // A short lease needs its heartbeats well within it.
    int heartbeat =
        lease.number(
            "heartbeat_every_seconds", Math.clamp(ttl / 3, 1, standard.heartbeatEverySeconds()));
    if (heartbeat > ttl) {
      draft.fault(lease.at("heartbeat_every_seconds"), "must not be more than ttl_seconds");
    }
    var limits = limits(root.section("limits"));
    if (!draft.faults().isEmpty()) {
      return standard;
    }
    return new TypeSettings(
        retry.number("max_attempts", standard.maxAttempts()),
        backoff,
        longestBackoff,
        retry.number("jitter_seconds", standard.jitterSeconds()),
        ttl,
        heartbeat,
        approval.text("mode", "manual").equals("auto"),
        root.text("on_item_failure", "fail").equals("continue")
            ? OnItemFailure.CONTINUE
            : OnItemFailure.FAIL,
        root.section("apply").number("max_attempts", standard.applyMaxAttempts()),
        limits,
        root.section("priority").number("ageing_seconds", standard.ageingSeconds()));
  }

  private TypeLimits limits(TypeDraft.Section limits) {
    for (var name : List.of("leases_per_key", "fair")) {
      if (limits.has(name) && !limits.has("key")) {
        draft.fault(limits.at(name), "needs limits.key");
      }
    }
    // What is out of range the structure check has told.
    return draft.faults().isEmpty()
        ? new TypeLimits(
            limits.number("leases"),
            limits.number("leases_per_key"),
            limits.decimal("checkouts_per_second"),
            limits.isTrue("fair"))
        : TypeLimits.NONE;
  }

  private static CompiledSchema structure() {
    try (var in = TypeCompiler.class.getResourceAsStream("type-file.schema.json")) {
      var schema = new JsonObject(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      return CompiledSchema.compile("type file", schema);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
