package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.CheckoutReplies.Reply;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.testing.LeasedItems;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CheckoutRepliesTest {
  private static final Buffer ONE = Buffer.buffer("{\"type\":\"object\",\"title\":\"one\"}");
  private static final Buffer OTHER = Buffer.buffer("{\"type\":\"object\",\"title\":\"two\"}");

  private static LeasedItem item(String version, Buffer schema) {
    return LeasedItems.item(UUID.randomUUID(), version, schema);
  }

  private static LeasedItem item(LeasedRow row) {
    return LeasedItems.item(UUID.randomUUID(), "1-a", ONE, row);
  }

  private static Reply given(LeasedItem... items) {
    return new Reply(new CheckedOut(Arrays.asList(items)), null);
  }

  private static Reply refused(ErrorCode code) {
    return new Reply(null, Refusal.of(new Rejected(code, "not now")));
  }

  @Test
  void giveBackWhatWasPacked() {
    var replies =
        List.of(
            given(item("1-a", ONE), item("2-b", OTHER)),
            refused(ErrorCode.NO_ITEMS_AVAILABLE),
            given(item("1-a", ONE)),
            given(),
            refused(ErrorCode.OVERLOADED));

    assertThat(CheckoutReplies.pack(replies).unpack()).isEqualTo(replies);
  }

  @Test
  void giveBackEachOfWhatItsRowSays() {
    var replies =
        List.of(
            given(
                item((LeasedRow) null),
                item(new LeasedRow(0, true, false, false, null)),
                item(new LeasedRow(1, false, true, false, null)),
                item(new LeasedRow(2, false, false, true, null)),
                item(new LeasedRow(3, false, false, false, UUID.randomUUID()))));

    assertThat(CheckoutReplies.pack(replies).unpack()).isEqualTo(replies);
  }

  @Test
  void carryEachSchemaOnce() {
    var one = CheckoutReplies.pack(List.of(given(item("1-a", ONE)))).items().length();
    var two =
        CheckoutReplies.pack(List.of(given(item("1-a", ONE), item("1-a", ONE)))).items().length();

    assertThat(two - one).isLessThan(one - ONE.length());
    assertThat(CheckoutReplies.pack(List.of(given(item("1-a", ONE), item("2-b", OTHER)))).items())
        .satisfies(
            items -> {
              assertThat(items.toString()).containsOnlyOnce(ONE.toString());
              assertThat(items.toString()).containsOnlyOnce(OTHER.toString());
            });
  }
}
