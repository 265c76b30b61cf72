package dev.orderly.leasing.item;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.testing.LeasedItems;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PackedItemsTest {
  private static final Buffer ONE = Buffer.buffer("{\"type\":\"object\",\"title\":\"one\"}");
  private static final Buffer OTHER = Buffer.buffer("{\"type\":\"object\",\"title\":\"two\"}");

  private static LeasedItem item(String version, Buffer schema) {
    return LeasedItems.item(UUID.randomUUID(), version, schema);
  }

  private static LeasedItem item(LeasedRow row) {
    return LeasedItems.item(UUID.randomUUID(), "1-a", ONE, row);
  }

  private static void arrives(LeasedItem... items) {
    assertThat(PackedItems.pack(List.of(items)).unpack()).containsExactly(items);
  }

  @Test
  void arriveAsTheyWerePacked() {
    arrives(item("1-a", ONE), item("2-b", OTHER), item("1-a", ONE));
    arrives(item("1-a", ONE));
  }

  @Test
  void arriveWithAllThatTheirRowsSay() {
    arrives(
        item((LeasedRow) null),
        item(new LeasedRow(0, true, false, false, null)),
        item(new LeasedRow(1, false, true, false, null)),
        item(new LeasedRow(2, false, false, true, null)),
        item(new LeasedRow(3, false, false, false, UUID.randomUUID())),
        item(new LeasedRow(4, true, true, true, UUID.randomUUID())));
  }

  @Test
  void haveASchemaOnceForAllThatShareIt() {
    var packed = PackedItems.pack(List.of(item("1-a", ONE), item("2-b", OTHER), item("1-a", ONE)));

    assertThat(packed.schemas()).containsExactly(ONE, OTHER);
  }
}
