package dev.orderly.state.review;

import dev.orderly.bus.Address;
import dev.orderly.domain.Caller;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.idempotency.IdempotencyKey;
import dev.orderly.state.Seen;
import dev.orderly.state.StateMessages.Page;
import java.util.List;
import java.util.UUID;

/** The commands and queries of review, beside those for orders as a whole. */
public final class ReviewMessages {
  private ReviewMessages() {}

  public static final Address<ApproveItem, Answer> APPROVE_ITEM =
      new Address<>("review.approve-item", ApproveItem.class, Answer.class);
  public static final Address<RejectItem, Answer> REJECT_ITEM =
      new Address<>("review.reject-item", RejectItem.class, Answer.class);
  public static final Address<AddComment, Answer> ADD_COMMENT =
      new Address<>("review.add-comment", AddComment.class, Answer.class);
  public static final Address<ListComments, Page> LIST_COMMENTS =
      new Address<>("review.list-comments", ListComments.class, Page.class);

  /**
   * Approves the result of one item. With the last one its order is approved.
   *
   * @param mayActAs the agents that the reviewer's token stands for
   * @param seen what the reviewer looked at
   * @param notes for the trail, or null
   */
  public record ApproveItem(
      Caller caller,
      List<String> mayActAs,
      UUID itemId,
      Seen seen,
      String notes,
      IdempotencyKey idempotency) {}

  /**
   * Rejects the result of one item for good, or sends it back to be done again.
   *
   * @param errors what is wrong, at least one
   * @param allowRework true to send back
   * @param seen what the reviewer looked at
   */
  public record RejectItem(
      Caller caller,
      UUID itemId,
      List<Violation> errors,
      boolean allowRework,
      Seen seen,
      IdempotencyKey idempotency) {}

  /**
   * Says something about an order or one of its items.
   *
   * @param mayReview whether the caller may approve or reject
   * @param mayPropose whether it may comment on orders that it proposed
   * @param mayWork whether it may comment on orders of which it holds or submitted an item
   * @param itemId null if it is about the order as a whole
   * @param pointer JSON Pointer (RFC 6901) to what it is about, or null
   * @param text 1 to 10,000 characters
   */
  public record AddComment(
      Caller caller,
      boolean mayReview,
      boolean mayPropose,
      boolean mayWork,
      UUID orderId,
      UUID itemId,
      String pointer,
      String text,
      IdempotencyKey idempotency) {}

  /**
   * An order's comments, newest first.
   *
   * @param after the cursor of the page before, or null
   */
  public record ListComments(String tenant, UUID orderId, String after, int size) {}
}
