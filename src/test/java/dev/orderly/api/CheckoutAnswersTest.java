package dev.orderly.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.testing.LeasedItems;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CheckoutAnswersTest {
  private static final UUID ONE = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);

  private static LeasedItem item(UUID id) {
    return LeasedItems.item(id, "1-a", Buffer.buffer("{\"type\":\"object\"}"));
  }

  private static String text(UUID id) {
    return "{\"id\":\"%s\",\"result_schema\":{\"type\":\"object\"}}".formatted(id);
  }

  @Test
  void answersOneItemWithoutAList() {
    assertThat(CheckoutAnswers.answer(List.of(item(ONE)), false))
        .hasToString("{\"item\":%s}".formatted(text(ONE)));
  }

  @Test
  void answersTheFirstOfSeveralItemsTwice() {
    var items = List.of(item(ONE), item(OTHER));

    assertThat(CheckoutAnswers.answer(items, true))
        .hasToString(
            "{\"item\":%s,\"items\":[%s,%s]}".formatted(text(ONE), text(ONE), text(OTHER)));
    assertThat(CheckoutAnswers.array(items))
        .hasToString("[%s,%s]".formatted(text(ONE), text(OTHER)));
  }
}
