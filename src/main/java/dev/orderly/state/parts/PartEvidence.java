package dev.orderly.state.parts;

import dev.orderly.artifacts.ArtifactUses;
import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.artifacts.ArtifactUses.Use;
import dev.orderly.artifacts.EvidenceCheck;
import dev.orderly.artifacts.EvidenceCheck.Claim;
import dev.orderly.artifacts.EvidenceCheck.Finding;
import dev.orderly.leasing.HeldItem;
import dev.orderly.state.parts.HeldParts.Seen;
import dev.orderly.types.EvidenceRules;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/** The evidence of parts and of what is made of them: what it names must be there, and stays. */
final class PartEvidence {
  private static final Finding NOTHING = new Finding(List.of(), List.of());

  private PartEvidence() {}

  /**
   * @param evidence null if there is none
   */
  static Finding check(Pool pool, Seen seen, EvidenceRules rules, JsonArray evidence) {
    return EvidenceCheck.concerns(rules, evidence)
        ? new EvidenceCheck(pool)
            .check(List.of(new Claim(seen.item().tenant(), rules, evidence)))
            .getFirst()
        : NOTHING;
  }

  /** False if one of the artifacts was removed, or labelled anew, since they were looked at. */
  static boolean hold(SqlConnection connection, List<Reference> artifacts) {
    return artifacts.isEmpty()
        || ArtifactUses.hold(connection, artifacts).await().containsAll(artifacts);
  }

  static void record(SqlConnection connection, HeldItem item, List<Reference> artifacts) {
    if (!artifacts.isEmpty()) {
      var uses =
          artifacts.stream().map(artifact -> new Use(item.orderId(), item.id(), artifact)).toList();
      ArtifactUses.record(connection, uses).await();
    }
  }
}
