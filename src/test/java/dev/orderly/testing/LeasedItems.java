package dev.orderly.testing;

import dev.orderly.leasing.item.ItemText;
import dev.orderly.leasing.item.Lease;
import dev.orderly.leasing.item.LeasedItem;
import dev.orderly.leasing.item.LeasedRow;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;

/** Items as agents get them, without a database. */
public final class LeasedItems {
  private LeasedItems() {}

  /** What its agent reads. */
  public static JsonObject json(LeasedItem item) {
    return json(item.text());
  }

  public static JsonObject json(ItemText text) {
    var whole = Buffer.buffer();
    text.appendTo(whole);
    return whole.toJsonObject();
  }

  /** Leased by the agent "a" for a minute, for the second time, and never submitted. */
  public static LeasedItem item(UUID id, String version, Buffer schema) {
    return item(id, version, schema, new LeasedRow(1, true, false, false, null));
  }

  /**
   * @param row null for a type whose results need more than the row to be judged
   */
  public static LeasedItem item(UUID id, String version, Buffer schema, LeasedRow row) {
    return new LeasedItem(
        id,
        new UUID(0, 0),
        "o",
        version,
        "x",
        2,
        3,
        new Lease("token", "a", 4, Instant.EPOCH, 60, 10),
        row,
        new ItemText(new JsonObject().put("id", id.toString()).toBuffer(), schema));
  }
}
