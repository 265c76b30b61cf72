package dev.orderly.applying;

/** Another try holds the order now, or nobody is to apply it any more: this one changes nothing. */
final class ClaimLost extends RuntimeException {
  ClaimLost(Claim claim) {
    super(
        "order %s is no longer held under apply fence %d".formatted(claim.orderId(), claim.fence()),
        null,
        false,
        false);
  }
}
