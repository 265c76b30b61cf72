package dev.orderly.applying.claim;

/** Another try holds the order now, or nobody is to apply it any more: this one changes nothing. */
public final class ClaimLost extends RuntimeException {
  public ClaimLost(Claim claim) {
    super(
        "order %s is no longer held under apply fence %d".formatted(claim.orderId(), claim.fence()),
        null,
        false,
        false);
  }
}
