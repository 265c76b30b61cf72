package dev.orderly.api;

import dev.orderly.leasing.item.LeasedItem;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers with leased items, as their desks wrote them. */
public final class CheckoutAnswers {
  private static final byte[] ONE = "{\"item\":".getBytes(StandardCharsets.UTF_8);
  private static final byte[] ALL = ",\"items\":".getBytes(StandardCharsets.UTF_8);

  private CheckoutAnswers() {}

  /**
   * @param items at least one
   * @param all whether the agent asked for several: whoever takes one has no use for a list
   */
  public static Buffer answer(List<LeasedItem> items, boolean all) {
    var first = items.getFirst().text();
    var out = Buffer.buffer(first.length() + ONE.length + ALL.length + (all ? length(items) : 1));
    out.appendBytes(ONE);
    first.appendTo(out);
    if (all) {
      append(items, out.appendBytes(ALL));
    }
    return out.appendByte((byte) '}');
  }

  /** The items as a JSON array. */
  public static Buffer array(List<LeasedItem> items) {
    var out = Buffer.buffer(length(items));
    append(items, out);
    return out;
  }

  private static int length(List<LeasedItem> items) {
    return items.stream().mapToInt(item -> item.text().length() + 1).sum() + 2;
  }

  private static void append(List<LeasedItem> items, Buffer out) {
    byte before = '[';
    for (var item : items) {
      item.text().appendTo(out.appendByte(before));
      before = ',';
    }
    out.appendByte((byte) ']');
  }
}
