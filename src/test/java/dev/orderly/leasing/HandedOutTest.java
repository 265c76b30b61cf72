package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.HeldItems;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HandedOutTest {
  private final HandedOut handedOut = new HandedOut(2);
  private final UUID first = UUID.randomUUID();
  private final UUID second = UUID.randomUUID();
  private final UUID third = UUID.randomUUID();

  private static HeldItem item(UUID id, long fence) {
    return HeldItems.leased(id, new UUID(0, 0), fence);
  }

  @Test
  void givesAnItemOnce() {
    handedOut.add(item(first, 1));

    assertThat(handedOut.take(first)).isEqualTo(item(first, 1));
    assertThat(handedOut.take(first)).isNull();
  }

  @Test
  void theOldestGivesWay() {
    handedOut.add(item(first, 1));
    handedOut.add(item(second, 1));
    handedOut.add(item(third, 1));

    assertThat(handedOut.take(first)).isNull();
    assertThat(handedOut.take(second)).isNotNull();
    assertThat(handedOut.take(third)).isNotNull();
  }

  @Test
  void anItemLeasedAnewIsAmongTheNewest() {
    handedOut.add(item(first, 1));
    handedOut.add(item(second, 1));
    handedOut.add(item(first, 2));
    handedOut.add(item(third, 1));

    assertThat(handedOut.take(first).fence()).isEqualTo(2);
    assertThat(handedOut.take(second)).isNull();
  }

  @Test
  void forgetsWhatHasChanged() {
    handedOut.add(item(first, 1));

    handedOut.forget(first);

    assertThat(handedOut.take(first)).isNull();
  }
}
