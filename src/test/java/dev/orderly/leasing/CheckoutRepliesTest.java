package dev.orderly.leasing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Refusal;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.CheckoutReplies.Reply;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.testing.LeasedItems;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CheckoutRepliesTest {
  private static final JsonObject ONE = new JsonObject().put("type", "object");
  private static final JsonObject OTHER = new JsonObject().put("type", "object").put("title", "o");

  private static LeasedItem item(String version, JsonObject schema) {
    return LeasedItems.item(UUID.randomUUID(), version, schema);
  }

  private static Reply given(LeasedItem... items) {
    return new Reply(new CheckedOut(Arrays.asList(items)), null);
  }

  @Test
  void giveBackWhatWasPacked() {
    var refused =
        new Reply(null, Refusal.of(new Rejected(ErrorCode.NO_ITEMS_AVAILABLE, "nothing")));
    var replies =
        List.of(
            given(item("1-a", ONE), item("2-b", OTHER)), refused, given(item("1-a", ONE)), given());

    assertThat(CheckoutReplies.pack(replies).unpack()).isEqualTo(replies);
  }

  @Test
  void carryEachSchemaOnce() {
    var packed =
        CheckoutReplies.pack(
            List.of(
                given(item("1-a", ONE), item("2-b", OTHER)),
                given(item("1-a", ONE), item("2-b", OTHER))));

    assertThat(packed.schemas()).extracting("schema").containsExactly(ONE, OTHER);
    assertThat(packed.replies())
        .flatExtracting(reply -> reply.checkedOut().items())
        .extracting("resultSchema")
        .containsOnlyNulls();
  }
}
