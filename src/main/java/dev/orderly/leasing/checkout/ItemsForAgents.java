package dev.orderly.leasing.checkout;

import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.leasing.item.Lease;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.item.LeasedRow;

/** Makes of leases that were just written what their holders get. */
final class ItemsForAgents {
  private final LeaseTokens tokens;
  private final Shards shards;
  private final boolean agentCounted;
  private final WriteItemText text = new WriteItemText();

  /**
   * @param agentCounted whether leases count among their agent's
   */
  ItemsForAgents(LeaseTokens tokens, Shards shards, boolean agentCounted) {
    this.tokens = tokens;
    this.shards = shards;
    this.agentCounted = agentCounted;
  }

  /**
   * @param written a lease whose transaction has been committed
   */
  LeasedItem of(NewLease written) {
    var leased = written.lease();
    var item = leased.given().item();
    var lease = lease(leased);
    return new LeasedItem(
        item.id(),
        item.orderId(),
        item.orderType(),
        item.typeVersion(),
        item.type(),
        item.attempts() + 1,
        item.maxAttempts(),
        lease,
        row(leased),
        text.of(written, lease));
  }

  private Lease lease(Leased leased) {
    var item = leased.given().item();
    var caller = leased.given().checkout().caller();
    var settings = leased.type().settings();
    int shard = shards.of(caller.tenant(), item.type());
    return new Lease(
        tokens.issue(shard, item.id(), leased.fence()),
        caller.agentId(),
        leased.fence(),
        leased.expiresAt().toInstant(),
        settings.leaseTtlSeconds(),
        settings.heartbeatEverySeconds());
  }

  private LeasedRow row(Leased leased) {
    var item = leased.given().item();
    return leased.type().judgesResultAlone()
        ? new LeasedRow(
            item.releases(),
            item.limitKey() != null,
            agentCounted,
            item.submittedBefore(),
            leased.bundle())
        : null;
  }
}
