package dev.orderly.types.declarative;

import dev.orderly.types.ReviewPolicy;

/** Reads what a declared type asks of its reviewers. */
final class ReviewCompiler {
  private final TypeDraft draft;

  ReviewCompiler(TypeDraft draft) {
    this.draft = draft;
  }

  /** The usual policy if the section is faulty. */
  ReviewPolicy review(TypeDraft.Section approval) {
    if (approval.has("quorum") && approval.text("mode", "manual").equals("auto")) {
      draft.fault(approval.at("quorum"), "a quorum needs mode: manual; auto asks nobody");
    }
    // What is out of range the structure check has told.
    return draft.faults().isEmpty()
        ? new ReviewPolicy(
            approval.number("quorum", ReviewPolicy.DEFAULT.quorum()),
            approval.isTrue("four_eyes"),
            approval.isTrue("require_digest"),
            approval.number("escalate_after_seconds"))
        : ReviewPolicy.DEFAULT;
  }
}
