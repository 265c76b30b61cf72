package dev.orderly.api;

import dev.orderly.domain.Caller;
import dev.orderly.leasing.LeaseMessages.Release;
import dev.orderly.leasing.desk.Desks;
import dev.orderly.leasing.item.LeasedItem;
import java.util.List;

/** What becomes of leases whose holder cannot be told of them. */
public final class Undelivered {
  private Undelivered() {}

  /** An agent that left before its answer came does not know that it holds anything. */
  public static void giveBack(Desks desks, Caller caller, List<LeasedItem> items) {
    desks.release(
        items.stream()
            .map(
                item ->
                    Release.undelivered(
                        caller, item, "The agent had left before it got the answer"))
            .toList());
  }
}
