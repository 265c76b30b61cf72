package dev.orderly.applying;

import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;

/**
 * Changes tables in Orderly's own database: the change, its diff and the order's state commit in
 * one transaction, so they happen together or not at all.
 */
final class SqlApplier {
  private final Tx tx;

  SqlApplier(Tx tx) {
    this.tx = tx;
  }

  void apply(Claim claim, ApplySpec.Sql spec) {
    tx.run(
        connection -> {
          var approved = ApplyStore.lock(connection, claim);
          var diff =
              PublicSchema.within(connection, () -> SqlChange.run(connection, spec, approved));
          ApplyStore.complete(connection, claim, approved, diff);
          return null;
        });
  }
}
