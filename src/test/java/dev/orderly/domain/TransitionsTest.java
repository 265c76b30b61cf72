package dev.orderly.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TransitionsTest {

  @Test
  void takesAnItemFromQueuedToCompletedAlongTheMainPath() {
    assertThat(Transitions.ITEM.allows(ItemState.QUEUED, ItemState.LEASED)).isTrue();
    assertThat(Transitions.ITEM.allows(ItemState.LEASED, ItemState.IN_PROGRESS)).isTrue();
    assertThat(Transitions.ITEM.allows(ItemState.IN_PROGRESS, ItemState.SUBMITTED)).isTrue();
    assertThat(Transitions.ITEM.allows(ItemState.SUBMITTED, ItemState.ACCEPTED)).isTrue();
    assertThat(Transitions.ITEM.allows(ItemState.ACCEPTED, ItemState.COMPLETED)).isTrue();
  }

  @Test
  void letsNothingLeaveATerminalState() {
    assertThat(Arrays.stream(ItemState.values()).filter(ItemState::terminal))
        .containsExactly(
            ItemState.COMPLETED, ItemState.REJECTED, ItemState.DEAD_LETTERED, ItemState.CANCELLED);
    assertThat(Arrays.stream(OrderState.values()).filter(OrderState::terminal))
        .containsExactly(
            OrderState.COMPLETED,
            OrderState.REJECTED,
            OrderState.DEAD_LETTERED,
            OrderState.CANCELLED);
  }

  @Test
  void letsEveryItemThatIsNotTerminalBeCancelled() {
    for (var state : ItemState.values()) {
      assertThat(Transitions.ITEM.allows(state, ItemState.CANCELLED))
          .as(state.wire())
          .isEqualTo(!state.terminal());
    }
  }

  @Test
  void treatsAnIllegalStepAsABug() {
    assertThatThrownBy(() -> Transitions.ORDER.require(OrderState.COMPLETED, OrderState.QUEUED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Illegal transition for order: from COMPLETED to QUEUED");
  }

  @Test
  void readsAStateFromItsWireValue() {
    for (var state : OrderState.values()) {
      assertThat(OrderState.of(state.wire())).isEqualTo(state);
    }
    for (var state : ItemState.values()) {
      assertThat(ItemState.of(state.wire())).isEqualTo(state);
    }
  }
}
