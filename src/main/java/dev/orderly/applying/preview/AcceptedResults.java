package dev.orderly.applying.preview;

import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.sql.SqlChange;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;

/** The diff of an order whose results themselves are its outcome. */
public final class AcceptedResults {
  private AcceptedResults() {}

  /**
   * @throws dev.orderly.types.TypeFailure if the summary cannot be computed
   */
  public static Diff diff(ApplySpec.None spec, Approved approved) {
    var summary = SqlChange.summary(spec.summary(), approved.document());
    return Diffs.none(summary != null ? summary : count(approved));
  }

  private static String count(Approved approved) {
    int results = approved.items().size();
    return results == 1 ? "1 result accepted" : results + " results accepted";
  }
}
