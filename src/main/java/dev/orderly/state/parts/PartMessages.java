package dev.orderly.state.parts;

import dev.orderly.bus.Address;
import dev.orderly.domain.Caller;
import dev.orderly.domain.Provenance;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.state.StateMessages.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/** The commands and queries on parts. A null idempotency key means none was sent. */
public final class PartMessages {
  private PartMessages() {}

  /**
   * The answer has status 202, or 422 if the part is kept as rejected: its body then has {@code
   * detail}, {@code errors} and {@code next_actions} of the refusal beside the part.
   */
  public static final Address<SubmitPart, Answer> SUBMIT_PART =
      new Address<>("state.submit-part", SubmitPart.class, Answer.class);

  public static final Address<Finalize, Answer> FINALIZE =
      new Address<>("state.finalize", Finalize.class, Answer.class);
  public static final Address<ListParts, Page> LIST_PARTS =
      new Address<>("state.list-parts", ListParts.class, Page.class);

  /**
   * Hands in one part of an item's result.
   *
   * @param seq null for the next of its key
   * @param restart true to begin the chunks of the key anew with this one
   * @param evidence what supports the part, or null
   * @param notes for the reviewer, or null
   * @param checksum what the caller takes the payload's to be, in hexadecimal digits; or null
   */
  public record SubmitPart(
      Caller caller,
      UUID itemId,
      LeaseProof proof,
      String partKey,
      Integer seq,
      boolean restart,
      JsonObject payload,
      JsonArray evidence,
      String notes,
      String checksum,
      IdempotencyKey idempotency) {}

  /**
   * Assembles an item's result of its parts and submits it.
   *
   * @param bestEffort true to do without the parts that are missing
   * @param evidence what supports the result, or null
   * @param notes for the reviewer, or null
   * @param provenance what the submitter says of itself, or null
   */
  public record Finalize(
      Caller caller,
      UUID itemId,
      LeaseProof proof,
      boolean bestEffort,
      JsonArray evidence,
      String notes,
      Provenance provenance,
      IdempotencyKey idempotency) {}

  /**
   * One page of an item's parts.
   *
   * @param holderOnly whether the caller may see them only while it holds the item
   * @param partKey only of this key, or null
   * @param status only with this status, or null
   * @param after the cursor of the page before, or null
   */
  public record ListParts(
      Caller caller,
      UUID itemId,
      boolean holderOnly,
      String partKey,
      String status,
      String after,
      int size) {}
}
