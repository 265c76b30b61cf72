package dev.orderly.applying.claim;

import dev.orderly.domain.OrderState;
import java.util.UUID;

/**
 * One try at an order's change, held by this node until its lease lapses. A later claim of the same
 * order has a higher fence, and this one can write nothing any more.
 *
 * @param state approved: the change is to be made; applied: only what follows it is left
 * @param attempt the number of this try, from 1; counted anew once the change is made, and each
 *     time the order is taken, so that a try whose node dies counts too
 * @param reverts the order whose change this one undoes; null for a change of its own
 */
public record Claim(
    UUID orderId,
    String tenant,
    OrderState state,
    String type,
    String typeVersion,
    long fence,
    int attempt,
    int maxAttempts,
    UUID reverts) {

  /** The same claim after its change was made. */
  public Claim afterChange() {
    return new Claim(
        orderId, tenant, OrderState.APPLIED, type, typeVersion, fence, 1, maxAttempts, reverts);
  }

  boolean isLastAttempt() {
    return attempt >= maxAttempts;
  }

  /** True if every try was begun already, and the last was lost: this is none. */
  public boolean isExhausted() {
    return attempt > maxAttempts;
  }
}
