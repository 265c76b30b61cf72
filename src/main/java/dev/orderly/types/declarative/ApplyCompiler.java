package dev.orderly.types.declarative;

import dev.orderly.types.ApplySpec;
import dev.orderly.types.SqlParameters;
import io.vertx.core.json.JsonArray;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads how a declared type is applied. */
final class ApplyCompiler {
  private static final List<String> KINDS = List.of("none", "webhook", "sql");
  private static final int WEBHOOK_TIMEOUT_SECONDS = 30;

  private final TypeDraft draft;

  ApplyCompiler(TypeDraft draft) {
    this.draft = draft;
  }

  /** Null if the section is faulty. */
  ApplySpec apply(TypeDraft.Section apply) {
    var kinds = KINDS.stream().filter(apply::has).toList();
    if (kinds.size() != 1) {
      if (!apply.pointer().isEmpty() && draft.root().has("apply")) {
        draft.fault(
            apply.pointer(),
            "expected exactly one of none, webhook and sql, found "
                + (kinds.isEmpty() ? "none of them" : String.join(", ", kinds)));
      }
      // Still reads each, for what else is wrong.
      kinds.forEach(kind -> kind(kind, apply));
      return null;
    }
    return kind(kinds.getFirst(), apply);
  }

  private ApplySpec kind(String kind, TypeDraft.Section apply) {
    var section = apply.section(kind);
    return switch (kind) {
      case "none" -> new ApplySpec.None(draft.expression(section, "summary"));
      case "webhook" -> webhook(section);
      default -> sql(section);
    };
  }

  ApplySpec.Webhook webhook(TypeDraft.Section section) {
    var url = section.text("url", null);
    if (url != null && !isHttp(url)) {
      draft.fault(section.at("url"), "expected an http or https URL, found " + url);
    }
    var headers = new LinkedHashMap<String, String>();
    var declared = section.section("headers");
    declared.json().fieldNames().forEach(name -> headers.put(name, declared.text(name, "")));
    return new ApplySpec.Webhook(
        url,
        Map.copyOf(headers),
        section.text("secret", null),
        Duration.ofSeconds(section.number("timeout_seconds", WEBHOOK_TIMEOUT_SECONDS)));
  }

  private static boolean isHttp(String url) {
    try {
      var uri = new URI(url);
      return uri.getHost() != null
          && ("http".equalsIgnoreCase(uri.getScheme())
              || "https".equalsIgnoreCase(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private ApplySpec sql(TypeDraft.Section section) {
    var setup = new ArrayList<String>();
    if (section.json().getValue("setup") instanceof JsonArray statements) {
      for (int i = 0; i < statements.size(); i++) {
        if (statements.getValue(i) instanceof String statement) {
          checkParameters(statement, Set.of(), section.at("setup") + "/" + i);
          setup.add(statement);
        }
      }
    }
    var diff = section.section("diff");
    return new ApplySpec.Sql(
        section.text("datasource", "orderly"),
        List.copyOf(setup),
        steps(section),
        snapshot(diff, "before"),
        snapshot(diff, "after"),
        draft.expression(diff, "summary"));
  }

  private List<ApplySpec.Sql.Step> steps(TypeDraft.Section section) {
    var steps = new ArrayList<ApplySpec.Sql.Step>();
    var names = new HashSet<String>();
    for (var step : section.sections("steps")) {
      var name = step.text("name", null);
      if (name != null && !names.add(name)) {
        draft.fault(step.at("name"), "another step is called " + name + " already");
      }
      var statement = step.text("statement", "");
      steps.add(new ApplySpec.Sql.Step(name, statement, draft.expressions(step, "params")));
      checkParameters(statement, step.section("params").json().fieldNames(), step.at("statement"));
    }
    return List.copyOf(steps);
  }

  private ApplySpec.Sql.Snapshot snapshot(TypeDraft.Section diff, String side) {
    var section = diff.section(side);
    if (!diff.has(side)) {
      return null;
    }
    if (section.has("query") == section.has("value")) {
      draft.fault(section.pointer(), "expected one of query and value");
    }
    if (section.has("value")) {
      for (var key : List.of("params", "key")) {
        if (section.has(key)) {
          draft.fault(section.at(key), key + " belongs to a query");
        }
      }
      return new ApplySpec.Sql.Snapshot.Value(draft.expression(section, "value"));
    }
    var query = section.text("query", "");
    checkParameters(query, section.section("params").json().fieldNames(), section.at("query"));
    return new ApplySpec.Sql.Snapshot.Query(
        query, draft.expressions(section, "params"), section.text("key", null));
  }

  void checkParameters(String statement, Set<String> declared, String pointer) {
    var used = SqlParameters.of(statement).names();
    for (var name : used) {
      if (!declared.contains(name)) {
        draft.fault(pointer, "the statement uses :" + name + ", which has no expression in params");
      }
    }
    for (var name : declared) {
      if (!used.contains(name)) {
        draft.fault(pointer, "params gives " + name + ", which the statement does not use");
      }
    }
  }
}
