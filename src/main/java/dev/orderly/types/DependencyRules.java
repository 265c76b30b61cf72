package dev.orderly.types;

import dev.orderly.domain.SatisfiedBy;
import java.util.Objects;

/**
 * What a type says about items of a plan that depend on others.
 *
 * @param satisfiedBy how far an item must be for those that depend on it to begin; never null
 */
public record DependencyRules(SatisfiedBy satisfiedBy) {
  /** Those that depend on an item begin once it is submitted. */
  public static final DependencyRules DEFAULT = new DependencyRules(SatisfiedBy.SUBMITTED);

  public DependencyRules {
    Objects.requireNonNull(satisfiedBy, "satisfiedBy");
  }
}
