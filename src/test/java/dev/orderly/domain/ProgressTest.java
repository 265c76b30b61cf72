package dev.orderly.domain;

import static dev.orderly.domain.Progress.OnItemFailure.CONTINUE;
import static dev.orderly.domain.Progress.OnItemFailure.FAIL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ProgressTest {

  @Test
  void isQueuedWhileNothingIsUnderWay() {
    assertThat(Progress.of(ItemCounts.queued(3), FAIL)).isEqualTo(OrderState.QUEUED);
  }

  @Test
  void isCheckedOutWhileItemsAreOnlyLeased() {
    var counts = ItemCounts.queued(3).moved(ItemState.QUEUED, ItemState.LEASED, 2);
    assertThat(Progress.of(counts, FAIL)).isEqualTo(OrderState.CHECKED_OUT);
  }

  @Test
  void isInProgressOnceAnItemIsInProgressOrSubmittedAndOthersAreOpen() {
    var started = ItemCounts.queued(3).moved(ItemState.QUEUED, ItemState.IN_PROGRESS, 1);
    var partlyDone = ItemCounts.queued(3).moved(ItemState.QUEUED, ItemState.SUBMITTED, 1);
    assertThat(Progress.of(started, FAIL)).isEqualTo(OrderState.IN_PROGRESS);
    assertThat(Progress.of(partlyDone, FAIL)).isEqualTo(OrderState.IN_PROGRESS);
  }

  @Test
  void isSubmittedOnceNoItemIsOpen() {
    var counts = ItemCounts.queued(3).moved(ItemState.QUEUED, ItemState.SUBMITTED, 3);
    assertThat(Progress.of(counts, FAIL)).isEqualTo(OrderState.SUBMITTED);
  }

  @Test
  void failsWithItsFirstItemUnlessItsTypeGoesOn() {
    var counts = ItemCounts.queued(3).moved(ItemState.QUEUED, ItemState.FAILED, 1);
    assertThat(Progress.of(counts, FAIL)).isEqualTo(OrderState.FAILED);
    assertThat(Progress.of(counts, CONTINUE)).isEqualTo(OrderState.QUEUED);
  }

  @Test
  void failsOnceEveryItemFailedEvenIfItsTypeGoesOn() {
    var counts = ItemCounts.queued(2).moved(ItemState.QUEUED, ItemState.FAILED, 2);
    assertThat(Progress.of(counts, CONTINUE)).isEqualTo(OrderState.FAILED);
  }

  @Test
  void isSubmittedWithTheItemsThatDidNotFailIfItsTypeGoesOn() {
    var counts =
        ItemCounts.queued(2)
            .moved(ItemState.QUEUED, ItemState.FAILED, 1)
            .moved(ItemState.QUEUED, ItemState.SUBMITTED, 1);
    assertThat(Progress.of(counts, CONTINUE)).isEqualTo(OrderState.SUBMITTED);
  }

  @Test
  void isInProgressWhileSomeAreAcceptedAndOthersOpen() {
    var counts = ItemCounts.queued(2).moved(ItemState.QUEUED, ItemState.ACCEPTED, 1);
    assertThat(Progress.of(counts, FAIL)).isEqualTo(OrderState.IN_PROGRESS);
    assertThat(Progress.of(counts.moved(ItemState.QUEUED, ItemState.FAILED, 1), CONTINUE))
        .isEqualTo(OrderState.SUBMITTED);
    assertThat(Progress.of(counts.moved(ItemState.QUEUED, ItemState.FAILED, 1), FAIL))
        .isEqualTo(OrderState.FAILED);
  }

  @Test
  void isRejectedWithItsFirstItemUnlessItsTypeGoesOn() {
    var counts = ItemCounts.queued(2).moved(ItemState.QUEUED, ItemState.REJECTED, 1);
    assertThat(Progress.of(counts, FAIL)).isEqualTo(OrderState.REJECTED);
    assertThat(Progress.of(counts, CONTINUE)).isEqualTo(OrderState.QUEUED);
    var rest = counts.moved(ItemState.QUEUED, ItemState.SUBMITTED, 1);
    assertThat(Progress.of(rest, CONTINUE)).isEqualTo(OrderState.SUBMITTED);
    var none = counts.moved(ItemState.QUEUED, ItemState.REJECTED, 1);
    assertThat(Progress.of(none, CONTINUE)).isEqualTo(OrderState.REJECTED);
    var failed = counts.moved(ItemState.QUEUED, ItemState.FAILED, 1);
    assertThat(Progress.of(failed, CONTINUE)).isEqualTo(OrderState.FAILED);
  }

  @Test
  void passesEveryStateOfTheTableBetweenTwoDerivedOnes() {
    assertThat(Progress.steps(OrderState.QUEUED, OrderState.SUBMITTED))
        .containsExactly(OrderState.CHECKED_OUT, OrderState.IN_PROGRESS, OrderState.SUBMITTED);
    assertThat(Progress.steps(OrderState.SUBMITTED, OrderState.SUBMITTED)).isEmpty();
  }

  @Test
  void takesOnlyLegalStepsBetweenAnyTwoStatesThatItCanDerive() {
    var derived =
        new OrderState[] {
          OrderState.QUEUED,
          OrderState.CHECKED_OUT,
          OrderState.IN_PROGRESS,
          OrderState.SUBMITTED,
          OrderState.FAILED
        };
    for (var from : derived) {
      for (var to : derived) {
        var at = from;
        for (var step : Progress.steps(from, to)) {
          assertThat(Transitions.ORDER.allows(at, step)).as("%s to %s", at, step).isTrue();
          at = step;
        }
        assertThat(at).isEqualTo(to);
      }
    }
  }

  @Test
  void countsNoItemTwice() {
    var counts = ItemCounts.queued(1).moved(ItemState.QUEUED, ItemState.LEASED, 1);
    assertThat(counts.total()).isEqualTo(1);
    assertThatThrownBy(() -> counts.moved(ItemState.QUEUED, ItemState.LEASED, 1))
        .isInstanceOf(IllegalStateException.class);
  }
}
