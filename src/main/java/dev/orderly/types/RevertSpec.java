package dev.orderly.types;

/**
 * How a type's changes are undone: by an order of its own, which is reviewed and applied like any
 * other.
 *
 * @param apply makes the change that undoes the first; statements or a webhook read the first
 *     order, its items and its {@code diff}; a type's own code is called by {@link
 *     JavaApply#revert}
 * @param prediction of that change
 * @param auto whether the system approves such an order
 */
public record RevertSpec(ApplySpec apply, PredictionSpec prediction, boolean auto) {}
