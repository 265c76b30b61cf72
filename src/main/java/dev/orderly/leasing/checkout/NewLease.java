package dev.orderly.leasing.checkout;

import dev.orderly.leasing.Lease;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.LeasedItem;
import dev.orderly.leasing.LeasedParts;
import dev.orderly.leasing.LeasedRow;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.checkout.WriteLeases.Leased;
import io.vertx.core.json.JsonArray;

/** A lease that was just written. */
record NewLease(Leased lease) {

  /**
   * What its holder gets.
   *
   * @param agentCounted whether the lease counts among its agent's
   */
  LeasedItem item(
      LeaseTokens tokens,
      Shards shards,
      JsonArray comments,
      LeasedParts parts,
      boolean agentCounted) {
    var item = lease.given().item();
    var caller = lease.given().checkout().caller();
    var type = lease.type();
    int shard = shards.of(caller.tenant(), item.type());
    return new LeasedItem(
        item.id(),
        item.orderId(),
        item.orderType(),
        item.typeVersion(),
        item.type(),
        item.key(),
        item.input(),
        type.resultSchema(),
        type.evidence().isEmpty() ? null : type.evidence().toJson(),
        item.attempts() + 1,
        item.maxAttempts(),
        item.priority(),
        item.reviewErrors() == null ? new JsonArray() : item.reviewErrors(),
        comments,
        item.error(),
        lease.dependencies(),
        parts,
        new Lease(
            tokens.issue(shard, item.id(), lease.fence()),
            caller.agentId(),
            lease.fence(),
            lease.expiresAt().toInstant(),
            type.settings().leaseTtlSeconds(),
            type.settings().heartbeatEverySeconds()),
        type.judgesResultAlone()
            ? new LeasedRow(
                item.releases(),
                item.limitKey() != null,
                agentCounted,
                item.submittedBefore(),
                lease.bundle())
            : null);
  }
}
