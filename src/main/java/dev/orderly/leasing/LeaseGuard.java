package dev.orderly.leasing;

import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import java.util.UUID;

/** The one place that says whether a caller holds an item. */
public final class LeaseGuard {
  private static final String ASK_AGAIN = "Check out again to get a lease";
  private static final String LOOK = "GET the item to see what became of it";

  private final LeaseTokens tokens;

  public LeaseGuard(LeaseTokens tokens) {
    this.tokens = tokens;
  }

  /**
   * @param action what the caller wants to do, as in "expected to submit item …"
   * @param item the locked row, or null if there is none with that id
   * @return why it is refused; null if the caller holds the item
   */
  public Rejected check(
      String action, UUID itemId, HeldItem item, Caller caller, LeaseProof proof) {
    if (item == null || !item.tenant().equals(caller.tenant())) {
      return Rejected.notFound("item", itemId);
    }
    Long fence = proof.fence();
    if (proof.token() != null) {
      var content = tokens.read(proof.token());
      if (content.isEmpty() || !content.get().itemId().equals(itemId)) {
        return refuse(ErrorCode.LEASE_CONFLICT, action, itemId, "the lease token is not for it");
      }
      if (fence != null && fence != content.get().fence()) {
        return refuse(
            ErrorCode.STALE_FENCE, action, itemId, "the fence differs from the lease token's");
      }
      fence = content.get().fence();
    }
    if (fence != null && fence != item.fence()) {
      var found =
          fence > item.fence()
              ? "no lease of it has had fence %d yet; the newest has %d"
              : "the lease shown has fence %d and the newest has %d";
      return refuse(ErrorCode.STALE_FENCE, action, itemId, found.formatted(fence, item.fence()));
    }
    if (item.tookBack() && fence != null) {
      return refuse(
          ErrorCode.LEASE_EXPIRED, action, itemId, "the lease has expired and was taken back");
    }
    if (!item.state().held()) {
      return new Rejected(
              ErrorCode.STATE_CONFLICT,
              found(action, itemId, "it is in state " + item.state().wire()))
          // Nobody can lease what was handed in or is over.
          .next(item.state() == ItemState.QUEUED ? ASK_AGAIN : LOOK);
    }
    if (!caller.agentId().equals(item.agentId())) {
      return refuse(ErrorCode.LEASE_CONFLICT, action, itemId, "another agent holds it");
    }
    if (item.lapsed()) {
      return refuse(ErrorCode.LEASE_EXPIRED, action, itemId, "the lease has expired");
    }
    return null;
  }

  private static Rejected refuse(ErrorCode code, String action, UUID itemId, String found) {
    return new Rejected(code, found(action, itemId, found)).next(ASK_AGAIN);
  }

  private static String found(String action, UUID itemId, String found) {
    return "Expected to %s item %s, but %s".formatted(action, itemId, found);
  }
}
