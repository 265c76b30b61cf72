package dev.orderly.domain;

import java.util.ArrayList;
import java.util.List;

/** An order's state as a function of its items' states, up to submitted. */
public final class Progress {

  /** What a failed item does to its order. */
  public enum OnItemFailure {
    FAIL,
    CONTINUE
  }

  private Progress() {}

  /** The state that the items' states amount to. */
  public static OrderState of(ItemCounts counts, OnItemFailure policy) {
    int failed = counts.in(ItemState.FAILED) + counts.in(ItemState.DEAD_LETTERED);
    int handedIn =
        counts.in(ItemState.SUBMITTED)
            + counts.in(ItemState.ACCEPTED)
            + counts.in(ItemState.COMPLETED);
    int open =
        counts.in(ItemState.QUEUED)
            + counts.in(ItemState.LEASED)
            + counts.in(ItemState.IN_PROGRESS);
    boolean nothingLeft = open + handedIn == 0;
    if (failed > 0 && (policy == OnItemFailure.FAIL || nothingLeft)) {
      return OrderState.FAILED;
    }
    if (counts.in(ItemState.REJECTED) > 0 && (policy == OnItemFailure.FAIL || nothingLeft)) {
      return OrderState.REJECTED;
    }
    if (open == 0) {
      return OrderState.SUBMITTED;
    }
    if (counts.in(ItemState.IN_PROGRESS) > 0 || handedIn > 0) {
      return OrderState.IN_PROGRESS;
    }
    return counts.in(ItemState.LEASED) > 0 ? OrderState.CHECKED_OUT : OrderState.QUEUED;
  }

  /**
   * The steps from one derived state to another. Several items may move in one transaction, so that
   * the table's own steps are taken in between: each gets its event.
   *
   * @return the states to pass, last the target; empty if nothing changes
   */
  public static List<OrderState> steps(OrderState from, OrderState to) {
    if (from == to) {
      return List.of();
    }
    var steps = new ArrayList<OrderState>();
    var at = from;
    while (!Transitions.ORDER.allows(at, to)) {
      at =
          switch (at) {
            case QUEUED -> OrderState.CHECKED_OUT;
            case CHECKED_OUT -> OrderState.IN_PROGRESS;
            case FAILED -> OrderState.IN_PROGRESS;
            case SUBMITTED -> OrderState.IN_PROGRESS;
            default -> throw new IllegalStateException("no way from " + from + " to " + to);
          };
      steps.add(at);
    }
    steps.add(to);
    return List.copyOf(steps);
  }
}
