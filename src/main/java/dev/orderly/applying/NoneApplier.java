package dev.orderly.applying;

import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.sql.SqlChange;
import dev.orderly.storage.Tx;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diffs;
import io.vertx.core.json.JsonObject;

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
          var summary = SqlChange.summary(spec.summary(), approved.document());
          var diff =
              Diffs.of(
                  new JsonObject(), new JsonObject(), summary != null ? summary : count(approved));
          ApplyStore.complete(connection, claim, approved, diff);
          return null;
        });
  }

  private static String count(Approved approved) {
    int results = approved.items().size();
    return results == 1 ? "1 result accepted" : results + " results accepted";
  }
}
