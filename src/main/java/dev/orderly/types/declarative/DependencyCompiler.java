package dev.orderly.types.declarative;

import dev.orderly.domain.SatisfiedBy;
import dev.orderly.types.DependencyRules;

/** Reads what a declaration says about dependencies. */
final class DependencyCompiler {
  private DependencyCompiler() {}

  /** What is no known value the structure check tells. */
  static DependencyRules rules(TypeDraft.Section dependencies) {
    return SatisfiedBy.ACCEPTED.wire().equals(dependencies.text("satisfied_by", ""))
        ? new DependencyRules(SatisfiedBy.ACCEPTED)
        : DependencyRules.DEFAULT;
  }
}
