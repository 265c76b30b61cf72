package dev.orderly.applying.sql;

import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.hold.Differs;
import dev.orderly.applying.hold.Expected;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;

/**
 * Changes tables in Orderly's own database: the change, its diff and the order's state commit in
 * one transaction, so they happen together or not at all.
 */
public final class SqlApplier {
  private final Tx tx;

  /**
   * @param tx on Orderly's own database
   */
  public SqlApplier(Tx tx) {
    this.tx = tx;
  }

  /**
   * One try; when it returns, the order is completed.
   *
   * @throws Differs if the change is not the expected one; nothing is changed then
   * @throws ClaimLost if the claim does not hold the order any more
   * @throws ApplyFailed if the change was not made; {@code TypeFailure} too
   */
  public void apply(Claim claim, ApplySpec.Sql spec, Expected expected) {
    tx.run(
        connection -> {
          var approved = ApplyStore.lock(connection, claim);
          var diff =
              PublicSchema.within(connection, () -> SqlChange.run(connection, spec, approved));
          expected.require(diff);
          ApplyStore.complete(connection, claim, approved, diff);
          return null;
        });
  }
}
