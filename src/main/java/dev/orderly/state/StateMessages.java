package dev.orderly.state;

import dev.orderly.bus.Address;
import dev.orderly.domain.Caller;
import dev.orderly.domain.Provenance;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.leasing.LeaseProof;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** The commands and queries of the state feature. A null idempotency key means none was sent. */
public final class StateMessages {
  private StateMessages() {}

  public static final Address<Propose, Answer> PROPOSE =
      new Address<>("state.propose", Propose.class, Answer.class);
  public static final Address<Submit, Answer> SUBMIT =
      new Address<>("state.submit", Submit.class, Answer.class);
  public static final Address<SubmitAll, Submissions> SUBMIT_ALL =
      new Address<>("state.submit-all", SubmitAll.class, Submissions.class);
  public static final Address<Approve, Answer> APPROVE =
      new Address<>("state.approve", Approve.class, Answer.class);
  public static final Address<Reject, Answer> REJECT =
      new Address<>("state.reject", Reject.class, Answer.class);
  public static final Address<Cancel, Answer> CANCEL =
      new Address<>("state.cancel", Cancel.class, Answer.class);
  public static final Address<Revert, Answer> REVERT =
      new Address<>("state.revert", Revert.class, Answer.class);
  public static final Address<RetryOrder, Answer> RETRY_ORDER =
      new Address<>("state.retry-order", RetryOrder.class, Answer.class);
  public static final Address<RetryItem, Answer> RETRY_ITEM =
      new Address<>("state.retry-item", RetryItem.class, Answer.class);
  public static final Address<ListOrders, Page> LIST_ORDERS =
      new Address<>("state.list-orders", ListOrders.class, Page.class);
  public static final Address<ShowOrder, Found> SHOW_ORDER =
      new Address<>("state.show-order", ShowOrder.class, Found.class);
  public static final Address<ShowItem, Found> SHOW_ITEM =
      new Address<>("state.show-item", ShowItem.class, Found.class);
  public static final Address<Logs, Page> LOGS =
      new Address<>("state.logs", Logs.class, Page.class);
  public static final Address<ListTypes, Page> LIST_TYPES =
      new Address<>("state.list-types", ListTypes.class, Page.class);
  public static final Address<ShowType, Found> SHOW_TYPE =
      new Address<>("state.show-type", ShowType.class, Found.class);

  /**
   * Proposes an order and plans it.
   *
   * @param meta the proposer's own labels; may be empty
   * @param dependsOn the orders that must be completed before work on this one begins; never null
   * @param provenance what the proposer says of itself, or null
   */
  public record Propose(
      Caller caller,
      String type,
      JsonObject payload,
      JsonObject meta,
      int priority,
      List<UUID> dependsOn,
      Provenance provenance,
      IdempotencyKey idempotency) {

    /** An order that depends on no other. */
    public Propose(
        Caller caller,
        String type,
        JsonObject payload,
        JsonObject meta,
        int priority,
        Provenance provenance,
        IdempotencyKey idempotency) {
      this(caller, type, payload, meta, priority, List.of(), provenance, idempotency);
    }
  }

  /**
   * Hands in an item's whole result.
   *
   * @param evidence what supports the result, or null
   * @param notes for the reviewer, or null
   * @param provenance what the submitter says of itself, or null
   */
  public record Submit(
      Caller caller,
      UUID itemId,
      LeaseProof proof,
      JsonObject result,
      JsonArray evidence,
      String notes,
      Provenance provenance,
      IdempotencyKey idempotency) {}

  /** Hands in many results; each has an answer of its own. No item is named twice. */
  public record SubmitAll(List<Submit> submits) {}

  /** What became of one of many results; exactly one of both is given. */
  public record Taken(Answer answer, Refusal refusal) {}

  /** In the order of the submits. */
  public record Submissions(List<Taken> taken) {}

  /**
   * Approves an order and waits for its change.
   *
   * @param mayActAs the agents that the reviewer's token stands for
   * @param seen what the reviewer looked at
   * @param notes for the trail, or null
   * @param prediction the digest of the prediction that is approved; null for whichever is stored
   * @param waitSeconds how long to wait for apply before answering 202; 0 to 60
   */
  public record Approve(
      Caller caller,
      List<String> mayActAs,
      UUID orderId,
      Seen seen,
      String notes,
      String prediction,
      int waitSeconds,
      IdempotencyKey idempotency) {}

  /**
   * Rejects an order for good, or sends items back to be done again.
   *
   * @param errors what is wrong, at least one
   * @param allowRework true to send back
   * @param items which items go back; empty means all that are submitted, or if there are none all
   *     that are accepted
   * @param seen what the reviewer looked at
   */
  public record Reject(
      Caller caller,
      UUID orderId,
      List<Violation> errors,
      boolean allowRework,
      List<UUID> items,
      Seen seen,
      IdempotencyKey idempotency) {}

  /**
   * @param anyOrder false if the caller may touch only what it proposed itself
   */
  public record Cancel(
      Caller caller, UUID orderId, String reason, boolean anyOrder, IdempotencyKey idempotency) {}

  /**
   * Asks for an order that undoes another's change.
   *
   * @param reason for its reviewers, or null
   */
  public record Revert(Caller caller, UUID orderId, String reason, IdempotencyKey idempotency) {}

  /** Takes a failed order up again: its failed items, or its apply. See {@link Cancel}. */
  public record RetryOrder(
      Caller caller, UUID orderId, boolean anyOrder, IdempotencyKey idempotency) {}

  /** Takes one failed item up again. See {@link Cancel}. */
  public record RetryItem(
      Caller caller, UUID itemId, boolean anyOrder, IdempotencyKey idempotency) {}

  /**
   * One page of orders.
   *
   * @param parameters the request's query parameters, each as often as it was sent
   */
  public record ListOrders(String tenant, List<Parameter> parameters) {}

  public record Parameter(String name, String value) {}

  /** An order with its items and its latest events. */
  public record ShowOrder(String tenant, UUID orderId) {}

  public record ShowItem(String tenant, UUID itemId) {}

  /**
   * Events, newest first. Exactly one of the ids is given.
   *
   * @param itemId events of this item and of its order as a whole
   * @param orderId every event of this order
   * @param after the cursor of the page before, or null
   */
  public record Logs(String tenant, UUID itemId, UUID orderId, String after, int size) {}

  public record ListTypes(String tenant) {}

  public record ShowType(String tenant, String type) {}

  /** A document as it goes on the wire. */
  public record Found(JsonObject body) {}

  /** A page as it goes on the wire: {@code data} and {@code page}. */
  public record Page(JsonObject body) {}
}
