package dev.orderly.applying.claim;

import dev.orderly.domain.OrderState;
import java.util.UUID;

/**
 * One try at an order's change, or at that of one of its items, held by this node until its lease
 * lapses. A later claim of the same has a higher fence, and this one can write nothing any more.
 *
 * @param itemId the item whose own change is to be made; null for the order's
 * @param state approved: the change is to be made; applied: only what follows it is left
 * @param attempt the number of this try, from 1; counted anew once the change is made, and each
 *     time the order is taken, so that a try whose node dies counts too
 * @param byItem true for an order whose items are applied one by one, each before it
 * @param followed true if the order stays applied once its change is made, as something follows
 */
public record Claim(
    UUID orderId,
    UUID itemId,
    String tenant,
    OrderState state,
    String type,
    String typeVersion,
    long fence,
    int attempt,
    int maxAttempts,
    boolean byItem,
    boolean followed) {

  /** The same claim, for an order of whose change something may follow. */
  public Claim followed(boolean isFollowed) {
    return new Claim(
        orderId,
        itemId,
        tenant,
        state,
        type,
        typeVersion,
        fence,
        attempt,
        maxAttempts,
        byItem,
        isFollowed && itemId == null);
  }

  /** The same claim after its change was made, or after a part of what follows was done. */
  public Claim afterChange() {
    return new Claim(
        orderId,
        itemId,
        tenant,
        OrderState.APPLIED,
        type,
        typeVersion,
        fence,
        1,
        maxAttempts,
        byItem,
        followed);
  }

  /** What names the change to those who make it: the same for each try. */
  public UUID key() {
    return itemId != null ? itemId : orderId;
  }

  public boolean isLastAttempt() {
    return attempt >= maxAttempts;
  }

  /** True if every try was begun already, and the last was lost: this is none. */
  public boolean isExhausted() {
    return attempt > maxAttempts;
  }
}
