package dev.orderly.leasing;

import dev.orderly.domain.Refusal;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers to checkouts that travelled together, in their order.
 *
 * @param refusals null in the place of an answer with items
 * @param items of the other answers, one after the other, see {@link ItemWriter}
 */
public record CheckoutReplies(List<Refusal> refusals, Buffer items) {

  /** What became of one of many checkouts; exactly one of both is given. */
  public record Reply(CheckedOut checkedOut, Refusal refusal) {}

  /** Packs answers for their way. */
  public static CheckoutReplies pack(List<Reply> replies) {
    var refusals = new ArrayList<Refusal>(replies.size());
    var items = new ItemWriter();
    for (var reply : replies) {
      refusals.add(reply.refusal());
      if (reply.refusal() == null) {
        items.add(reply.checkedOut().items());
      }
    }
    return new CheckoutReplies(refusals, items.written());
  }

  /** The answers as they were packed. */
  public List<Reply> unpack() {
    var reader = new ItemReader(items);
    var replies = new ArrayList<Reply>(refusals.size());
    for (var refusal : refusals) {
      replies.add(
          refusal == null
              ? new Reply(new CheckedOut(reader.items()), null)
              : new Reply(null, refusal));
    }
    return replies;
  }
}
