package dev.orderly.applying.claim;

/** Another try holds the order now, or nobody is to apply it any more: this one changes nothing. */
public final class ClaimLost extends RuntimeException {
  public ClaimLost(Claim claim) {
    super(
        "%s %s is no longer held under apply fence %d"
            .formatted(claim.itemId() == null ? "order" : "item", claim.key(), claim.fence()),
        null,
        false,
        false);
  }
}
