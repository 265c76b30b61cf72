package dev.orderly.applying.preview;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.OrderType;
import dev.orderly.types.PredictionSpec;

/**
 * How an order's change is made and foretold: its own, or one that undoes another's.
 *
 * @param perItem true if it is made of its items' changes, each as soon as its item is accepted
 */
public record ReviewedChange(ApplySpec apply, PredictionSpec prediction, boolean perItem) {

  /**
   * @throws ApplyFailed if another order's change is to be undone and the type does not say how
   */
  public static ReviewedChange of(OrderType type, boolean reverts) {
    if (!reverts) {
      return new ReviewedChange(type.apply(), type.prediction(), type.applyExtras().perItem());
    }
    var revert = type.reverting();
    if (revert == null) {
      throw ApplyFailed.forGood(
          "Order type %s, version %s, does not say how its changes are undone"
              .formatted(type.name(), type.version()));
    }
    return new ReviewedChange(revert.apply(), revert.prediction(), false);
  }
}
