package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ItemState;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.LeasedItems;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HandedOutTest {
  private final UUID first = UUID.randomUUID();
  private final UUID second = UUID.randomUUID();
  private final UUID third = UUID.randomUUID();
  private long now;
  private final HandedOut handedOut = new HandedOut(2, () -> now);

  private static LeasedItem item(UUID id) {
    return LeasedItems.item(id, "1-a", Buffer.buffer("{}"));
  }

  private void remember(UUID... ids) {
    for (var id : ids) {
      handedOut.remember("t", List.of(item(id)));
    }
  }

  @Test
  void givesAnItemOnce() {
    remember(first);

    assertThat(handedOut.take(first).id()).isEqualTo(first);
    assertThat(handedOut.take(first)).isNull();
  }

  @Test
  void theOldestGivesWay() {
    remember(first, second, third);

    assertThat(handedOut.take(first)).isNull();
    assertThat(handedOut.take(second)).isNotNull();
    assertThat(handedOut.take(third)).isNotNull();
  }

  @Test
  void anItemLeasedAnewIsAmongTheNewest() {
    remember(first, second);
    handedOut.remember("other", List.of(item(first)));
    remember(third);

    assertThat(handedOut.take(first).tenant()).isEqualTo("other");
    assertThat(handedOut.take(second)).isNull();
  }

  @Test
  void knowsOfAnItemWhatItsRowSays() {
    var item = item(first);

    handedOut.remember("t", List.of(item));

    assertThat(handedOut.take(first))
        .isEqualTo(
            new HeldItem(
                first,
                "t",
                item.orderId(),
                "o",
                "1-a",
                "x",
                ItemState.LEASED,
                1,
                3,
                1,
                4,
                "a",
                false,
                60,
                10,
                0,
                null,
                false,
                true,
                false,
                false,
                null));
  }

  @Test
  void remembersNothingOfItemsThatNeedMoreToBeJudged() {
    var needsMore = LeasedItems.item(first, "1-a", Buffer.buffer("{}"), null);

    handedOut.remember("t", List.of(needsMore, item(second)));

    assertThat(handedOut.take(first)).isNull();
    assertThat(handedOut.take(second)).isNotNull();
  }

  @Test
  void forgetsAnItemWhenItsFirstHeartbeatIsDue() {
    remember(first, second);

    now = Duration.ofSeconds(10).toNanos() - 1;
    assertThat(handedOut.take(first)).isNotNull();
    now++;
    assertThat(handedOut.take(second)).isNull();
  }

  @Test
  void forgetsWhatHasChanged() {
    remember(first);

    handedOut.forget(first);

    assertThat(handedOut.take(first)).isNull();
  }
}
