package dev.orderly.leasing.item;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * Leased items on their way to another node. As JSON, to make and to read them cost nodes that work
 * at full speed an eighth of their time.
 *
 * @param items see {@link ItemWriter}
 * @param schemas of results, which many items share
 */
public record PackedItems(Buffer items, List<Buffer> schemas) {
  public static PackedItems pack(List<LeasedItem> items) {
    return ItemWriter.write(items);
  }

  public List<LeasedItem> unpack() {
    return ItemReader.read(this);
  }
}
