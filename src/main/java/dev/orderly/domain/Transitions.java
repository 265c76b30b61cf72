package dev.orderly.domain;

import static dev.orderly.domain.ItemState.ACCEPTED;
import static dev.orderly.domain.OrderState.APPLIED;
import static dev.orderly.domain.OrderState.APPROVED;
import static dev.orderly.domain.OrderState.CHECKED_OUT;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The one table of each state machine: code asks it, the lifecycle document is printed from it, and
 * a test fails if any of its rows is never taken.
 *
 * @param <S> the states
 */
public final class Transitions<S extends Enum<S>> {

  /** A legal step and, for people, what causes it. */
  public record Transition<S extends Enum<S>>(S from, S to, String cause) {}

  /** Items: queued, leased, in_progress, submitted, accepted, completed, and the ways out. */
  public static final Transitions<ItemState> ITEM =
      new Builder<>("item", ItemState.class)
          .add(ItemState.QUEUED, ItemState.LEASED, "checkout")
          .add(ItemState.LEASED, ItemState.IN_PROGRESS, "first heartbeat or part")
          .add(ItemState.LEASED, ItemState.SUBMITTED, "submit as the first sign of life")
          .add(ItemState.LEASED, ItemState.QUEUED, "release, expiry, retryable failure")
          .add(ItemState.LEASED, ItemState.FAILED, "attempts spent, fatal failure")
          .add(ItemState.IN_PROGRESS, ItemState.SUBMITTED, "submit, or finalize of its parts")
          .add(ItemState.IN_PROGRESS, ItemState.QUEUED, "release, expiry, retryable failure")
          .add(ItemState.IN_PROGRESS, ItemState.FAILED, "attempts spent, fatal failure")
          .add(ItemState.SUBMITTED, ItemState.ACCEPTED, "approve")
          .add(ItemState.SUBMITTED, ItemState.QUEUED, "rework")
          .add(ItemState.SUBMITTED, ItemState.REJECTED, "reject")
          .add(ACCEPTED, ItemState.COMPLETED, "apply")
          .add(ACCEPTED, ItemState.QUEUED, "rework before its order is approved")
          .add(ACCEPTED, ItemState.REJECTED, "reject of its order")
          .add(ACCEPTED, ItemState.FAILED, "its own apply failed for good")
          .add(ACCEPTED, ItemState.SUBMITTED, "the change differs from the approved prediction")
          .add(ItemState.FAILED, ItemState.QUEUED, "retry")
          .add(ItemState.FAILED, ACCEPTED, "retry of its own failed apply")
          .add(ItemState.FAILED, ItemState.DEAD_LETTERED, "left failed too long")
          .add(ItemState.QUEUED, ItemState.CANCELLED, "cancel")
          .add(ItemState.LEASED, ItemState.CANCELLED, "cancel")
          .add(ItemState.IN_PROGRESS, ItemState.CANCELLED, "cancel")
          .add(ItemState.SUBMITTED, ItemState.CANCELLED, "cancel")
          .add(ACCEPTED, ItemState.CANCELLED, "cancel")
          .add(ItemState.FAILED, ItemState.CANCELLED, "cancel")
          .build();

  /** Orders. Up to submitted, each step follows from the items' states: {@link Progress}. */
  public static final Transitions<OrderState> ORDER =
      new Builder<>("order", OrderState.class)
          .add(OrderState.QUEUED, CHECKED_OUT, "first item leased")
          .add(CHECKED_OUT, OrderState.QUEUED, "every lease released or expired")
          .add(CHECKED_OUT, OrderState.IN_PROGRESS, "first heartbeat, part or submit")
          .add(OrderState.IN_PROGRESS, CHECKED_OUT, "the item in progress was given back")
          .add(OrderState.IN_PROGRESS, OrderState.QUEUED, "every lease released or expired")
          .add(OrderState.IN_PROGRESS, OrderState.SUBMITTED, "last open item submitted")
          .add(OrderState.IN_PROGRESS, OrderState.REJECTED, "an item was rejected")
          .add(OrderState.SUBMITTED, OrderState.QUEUED, "rework of all items")
          .add(OrderState.SUBMITTED, OrderState.IN_PROGRESS, "rework of some items")
          .add(OrderState.SUBMITTED, APPROVED, "approve, or the type's auto-approval")
          .add(OrderState.SUBMITTED, OrderState.REJECTED, "reject")
          .add(APPROVED, APPLIED, "the change was made")
          .add(APPROVED, OrderState.SUBMITTED, "the change differs from the approved prediction")
          .add(APPLIED, OrderState.COMPLETED, "what follows the change is done")
          .add(CHECKED_OUT, OrderState.FAILED, "an item failed")
          .add(OrderState.IN_PROGRESS, OrderState.FAILED, "an item failed")
          .add(APPROVED, OrderState.FAILED, "apply failed for good")
          .add(OrderState.FAILED, OrderState.QUEUED, "retry of failed items")
          .add(OrderState.FAILED, CHECKED_OUT, "retry while other items are leased")
          .add(OrderState.FAILED, OrderState.IN_PROGRESS, "retry while other items are under way")
          .add(OrderState.FAILED, APPROVED, "retry of a failed apply")
          .add(OrderState.FAILED, OrderState.DEAD_LETTERED, "left failed too long")
          .add(OrderState.QUEUED, OrderState.CANCELLED, "cancel")
          .add(CHECKED_OUT, OrderState.CANCELLED, "cancel")
          .add(OrderState.IN_PROGRESS, OrderState.CANCELLED, "cancel")
          .add(OrderState.SUBMITTED, OrderState.CANCELLED, "cancel")
          .add(APPROVED, OrderState.CANCELLED, "cancel before apply has begun")
          .add(OrderState.FAILED, OrderState.CANCELLED, "cancel")
          .build();

  private final String machine;
  private final Map<S, Map<S, Transition<S>>> table;

  private Transitions(String machine, Map<S, Map<S, Transition<S>>> table) {
    this.machine = machine;
    this.table = table;
  }

  public boolean allows(S from, S to) {
    return table.get(from).containsKey(to);
  }

  /** What leads out of a state; empty if it is terminal. */
  public List<Transition<S>> from(S state) {
    return List.copyOf(table.get(state).values());
  }

  /** Every row, in the order of the states. */
  public List<Transition<S>> all() {
    var rows = new ArrayList<Transition<S>>();
    table.values().forEach(row -> rows.addAll(row.values()));
    return List.copyOf(rows);
  }

  /**
   * Guards a step that our own code is about to take: an illegal one is a bug, never an answer.
   *
   * @throws IllegalStateException if the table has no such row
   */
  public void require(S from, S to) {
    if (!allows(from, to)) {
      throw new IllegalStateException(
          "Illegal transition for %s: from %s to %s".formatted(machine, from, to));
    }
  }

  private static final class Builder<S extends Enum<S>> {
    private final String machine;
    private final Map<S, Map<S, Transition<S>>> table;
    private final Class<S> states;

    Builder(String machine, Class<S> states) {
      this.machine = machine;
      this.states = states;
      this.table = new EnumMap<>(states);
      for (S state : states.getEnumConstants()) {
        table.put(state, new EnumMap<>(states));
      }
    }

    Builder<S> add(S from, S to, String cause) {
      if (from == to || table.get(from).put(to, new Transition<>(from, to, cause)) != null) {
        throw new IllegalStateException("%s: %s to %s twice".formatted(machine, from, to));
      }
      return this;
    }

    Transitions<S> build() {
      for (S state : states.getEnumConstants()) {
        boolean reached =
            state.ordinal() == 0 || table.values().stream().anyMatch(row -> row.containsKey(state));
        if (!reached) {
          throw new IllegalStateException("%s: nothing leads to %s".formatted(machine, state));
        }
      }
      return new Transitions<>(machine, table);
    }
  }
}
