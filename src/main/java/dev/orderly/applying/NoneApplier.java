package dev.orderly.applying;

import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.preview.AcceptedResults;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;

/** Changes nothing outside: the accepted results are the outcome. */
final class NoneApplier {
  private final Tx tx;

  NoneApplier(Tx tx) {
    this.tx = tx;
  }

  void apply(Claim claim, ApplySpec.None spec) {
    tx.run(
        connection -> {
          var approved = ApplyStore.lock(connection, claim);
          ApplyStore.complete(connection, claim, approved, AcceptedResults.diff(spec, approved));
          return null;
        });
  }
}
