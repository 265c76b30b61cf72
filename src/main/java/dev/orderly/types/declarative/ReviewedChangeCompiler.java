package dev.orderly.types.declarative;

import dev.orderly.types.ApplySpec;
import dev.orderly.types.PredictionSpec;
import dev.orderly.types.RevertSpec;
import java.util.List;

/** Reads how a declared type's change is foretold, and how it is undone. */
final class ReviewedChangeCompiler {
  private static final List<String> REVERT_KINDS = List.of("webhook", "sql");

  private final TypeDraft draft;

  ReviewedChangeCompiler(TypeDraft draft) {
    this.draft = draft;
  }

  /**
   * @param change the section that says how the change is made
   * @param review the section that may say that differences are held
   */
  PredictionSpec prediction(TypeDraft.Section change, TypeDraft.Section review) {
    var preview = change.section("preview");
    boolean dryRun = change.section("webhook").isTrue("dry_run");
    if (change.has("preview") && change.has("sql")) {
      draft.fault(
          preview.pointer(),
          "belongs to a webhook or none; statements are run and rolled back instead");
    }
    if (change.has("preview") && dryRun) {
      draft.fault(preview.pointer(), "the webhook's dry run tells already; expected one of both");
    }
    boolean hold = review.isTrue("hold_on_difference");
    boolean foretold =
        change.has("sql") || change.has("webhook") && (dryRun || change.has("preview"));
    if (hold && !foretold) {
      draft.fault(
          review.at("hold_on_difference"),
          ("needs a change that can be foretold: %1$s.sql, %1$s.webhook with dry_run: true, or"
                  + " %1$s.webhook with %1$s.preview")
              .formatted(change.pointer().substring(1)));
    }
    if (change.text("per", "order").equals("item")) {
      var cause = "does not go with per: item, whose changes are made one by one";
      if (hold) {
        draft.fault(review.at("hold_on_difference"), cause);
      }
      if (change.has("preview")) {
        draft.fault(preview.pointer(), cause);
      }
    }
    return new PredictionSpec(
        hold,
        dryRun,
        draft.expression(preview, "before"),
        draft.expression(preview, "after"),
        draft.expression(preview, "summary"));
  }

  /** Null if there is no such section, or it is faulty. */
  RevertSpec revert(TypeDraft.Section root) {
    if (!root.has("revert")) {
      return null;
    }
    var revert = root.section("revert");
    if (root.section("apply").has("none")) {
      draft.fault(revert.pointer(), "apply.none changes nothing that could be undone");
    }
    var kinds = REVERT_KINDS.stream().filter(revert::has).toList();
    if (kinds.size() != 1) {
      draft.fault(
          revert.pointer(),
          "expected exactly one of webhook and sql, found "
              + (kinds.isEmpty() ? "none of them" : String.join(", ", kinds)));
    }
    if (revert.section("sql").has("setup")) {
      draft.fault(revert.section("sql").at("setup"), "belongs to apply.sql");
    }
    ApplySpec apply = null;
    for (var kind : kinds) {
      // Reads each, for what else is wrong.
      apply = new ApplyCompiler(draft).kind(kind, revert);
    }
    var prediction = prediction(revert, revert);
    return new RevertSpec(apply, prediction, revert.text("mode", "manual").equals("auto"));
  }
}
