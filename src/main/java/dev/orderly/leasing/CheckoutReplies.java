package dev.orderly.leasing;

import dev.orderly.domain.Refusal;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import java.util.List;

/** Answers to checkouts that travelled together, in their order. */
public record CheckoutReplies(List<Reply> replies) {

  /** What became of one of many checkouts; exactly one of both is given. */
  public record Reply(CheckedOut checkedOut, Refusal refusal) {}
}
