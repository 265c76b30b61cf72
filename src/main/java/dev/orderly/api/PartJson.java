package dev.orderly.api;

import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Provenance;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.state.parts.PartMessages.Finalize;
import dev.orderly.state.parts.PartMessages.SubmitPart;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** Parts on the wire, whatever carries them. */
public final class PartJson {
  private PartJson() {}

  /**
   * @param idempotency null if none was sent
   */
  public static SubmitPart part(
      Caller caller, UUID itemId, LeaseProof proof, JsonObject body, IdempotencyKey idempotency) {
    return new SubmitPart(
        caller,
        itemId,
        proof,
        body.getString("part_key"),
        body.getInteger("seq"),
        body.getBoolean("restart", false),
        body.getJsonObject("payload"),
        body.getJsonArray("evidence"),
        body.getString("notes"),
        body.getString("checksum"),
        idempotency);
  }

  /**
   * @param provenance null if the submitter says nothing of itself
   * @param idempotency null if none was sent
   */
  public static Finalize finish(
      Caller caller,
      UUID itemId,
      LeaseProof proof,
      JsonObject body,
      Provenance provenance,
      IdempotencyKey idempotency) {
    return new Finalize(
        caller,
        itemId,
        proof,
        body.getString("mode", "strict").equals("best_effort"),
        body.getJsonArray("evidence"),
        body.getString("notes"),
        provenance,
        idempotency);
  }

  /** True if the part was kept as rejected. */
  public static boolean isRejected(Answer answer) {
    return answer.status() == ErrorCode.INVALID.status();
  }

  /** The problem document of a part that was kept as rejected; it tells of the part too. */
  public static JsonObject problem(Answer answer) {
    var body = answer.body();
    return ProblemJson.of(rejected(answer))
        .put("part", body.getValue("part"))
        .put("item_parts_state", body.getValue("item_parts_state"));
  }

  private static Rejected rejected(Answer answer) {
    var body = answer.body();
    return new Rejected(
        ErrorCode.INVALID,
        body.getString("detail"),
        violations(body.getJsonArray("errors")),
        body.getJsonArray("next_actions").stream().map(String.class::cast).toList());
  }

  private static List<Violation> violations(JsonArray errors) {
    return errors.stream()
        .map(JsonObject.class::cast)
        .map(
            error ->
                new Violation(
                    error.getString("pointer"),
                    error.getString("code"),
                    error.getString("message")))
        .toList();
  }
}
