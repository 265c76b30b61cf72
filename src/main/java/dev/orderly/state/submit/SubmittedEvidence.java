package dev.orderly.state.submit;

import dev.orderly.artifacts.ArtifactUses;
import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.artifacts.ArtifactUses.Use;
import dev.orderly.artifacts.EvidenceCheck;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What results name as evidence, within the transaction that takes them. */
public final class SubmittedEvidence {
  private SubmittedEvidence() {}

  /**
   * Sees to it that what was checked stays as it was.
   *
   * @param refused receives those of whose artifacts one is gone or was labelled anew
   * @return the others
   */
  static Future<List<CheckedSubmit>> hold(
      SqlConnection connection, List<CheckedSubmit> batch, Map<Submit, Rejected> refused) {
    var named = batch.stream().flatMap(one -> one.artifacts().stream()).toList();
    return named.isEmpty()
        ? Future.succeededFuture(batch)
        : ArtifactUses.hold(connection, named).map(held -> unchanged(batch, held, refused));
  }

  private static List<CheckedSubmit> unchanged(
      List<CheckedSubmit> batch, Set<Reference> held, Map<Submit, Rejected> refused) {
    var good = new ArrayList<CheckedSubmit>();
    for (var one : batch) {
      var gone = one.artifacts().stream().filter(artifact -> !held.contains(artifact)).toList();
      if (gone.isEmpty()) {
        good.add(one);
      } else {
        refused.put(one.submit(), changed(one, gone));
      }
    }
    return good;
  }

  private static Rejected changed(CheckedSubmit submit, List<Reference> gone) {
    return new Rejected(
        ErrorCode.INVALID,
        "The evidence of item %s changed as it was submitted".formatted(submit.itemId()),
        gone.stream()
            .map(
                artifact ->
                    new Violation(
                        "/evidence",
                        EvidenceCheck.CODES + "unknown_artifact",
                        "the artifact %s was removed or uploaded under another media type"
                            .formatted(artifact.sha256())))
            .toList(),
        List.of("Upload the artifact again and submit again; the lease is still yours"));
  }

  /** After the results were taken. */
  static Future<Void> record(SqlConnection connection, List<CheckedSubmit> taken) {
    var uses =
        taken.stream()
            .flatMap(
                one ->
                    one.artifacts().stream()
                        .map(artifact -> new Use(one.item().orderId(), one.itemId(), artifact)))
            .toList();
    return uses.isEmpty() ? Future.succeededFuture() : ArtifactUses.record(connection, uses);
  }
}
