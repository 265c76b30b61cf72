package dev.orderly.state.submit;

import dev.orderly.artifacts.ArtifactUses.Reference;
import dev.orderly.domain.Sha256;
import dev.orderly.leasing.HeldItem;
import dev.orderly.state.StateMessages.Submit;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/**
 * A result that its type accepts.
 *
 * @param item as it was when the caller was last found to hold it
 * @param result the result as it is stored
 * @param resultSha256 the digest of that, in hexadecimal digits
 * @param artifacts what its evidence names
 * @param account what the trail is to say of where the result comes from; null if it was submitted
 *     whole
 */
public record CheckedSubmit(
    Submit submit,
    HeldItem item,
    String result,
    String resultSha256,
    List<Reference> artifacts,
    JsonObject account) {

  /** Encodes the result here, so that no transaction is open meanwhile. */
  static CheckedSubmit of(Submit submit, HeldItem item, List<Reference> artifacts) {
    return assembled(submit, item, artifacts, null);
  }

  /** A result that was made of parts. */
  public static CheckedSubmit assembled(
      Submit submit, HeldItem item, List<Reference> artifacts, JsonObject account) {
    var result = submit.result().encode();
    return new CheckedSubmit(submit, item, result, Sha256.hex(result), artifacts, account);
  }

  CheckedSubmit with(HeldItem newer) {
    return new CheckedSubmit(submit, newer, result, resultSha256, artifacts, account);
  }

  UUID itemId() {
    return submit.itemId();
  }
}
