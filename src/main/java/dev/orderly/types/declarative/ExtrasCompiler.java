package dev.orderly.types.declarative;

import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplyExtras.Hook;
import java.util.ArrayList;
import java.util.List;

/** Reads whether a declared type is applied item by item, and what follows its change. */
final class ExtrasCompiler {
  private final TypeDraft draft;
  private final ApplyCompiler apply;

  ExtrasCompiler(TypeDraft draft) {
    this.draft = draft;
    this.apply = new ApplyCompiler(draft);
  }

  ApplyExtras extras(TypeDraft.Section root) {
    var hooks = new ArrayList<Hook>();
    for (var section : root.sections("after_apply")) {
      var hook = hook(section);
      if (hook != null) {
        hooks.add(hook);
      }
    }
    return new ApplyExtras(
        root.section("apply").text("per", "order").equals("item"),
        hooks,
        draft.expression(root, "follow_up"));
  }

  /** Null if it is faulty. */
  private Hook hook(TypeDraft.Section section) {
    var kinds = List.of("webhook", "sql").stream().filter(section::has).toList();
    if (kinds.size() != 1) {
      draft.fault(
          section.pointer(),
          "expected exactly one of webhook and sql, found "
              + (kinds.isEmpty() ? "neither" : "both"));
      return null;
    }
    var kind = section.section(kinds.getFirst());
    if (kinds.getFirst().equals("webhook")) {
      return new Hook.Webhook(apply.webhook(kind));
    }
    var statement = kind.text("statement", "");
    apply.checkParameters(
        statement, kind.section("params").json().fieldNames(), kind.at("statement"));
    return new Hook.Sql(
        kind.text("datasource", "orderly"), statement, draft.expressions(kind, "params"));
  }
}
