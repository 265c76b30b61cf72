package dev.orderly.leasing.item;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Reads what an {@link ItemWriter} wrote. The items' texts are parts of the buffer. */
final class ItemReader {
  private final Buffer in;
  private final List<String> names = new ArrayList<>();
  private final List<Buffer> schemas;
  private int at;

  private ItemReader(PackedItems packed) {
    in = packed.items();
    schemas = packed.schemas();
  }

  static List<LeasedItem> read(PackedItems packed) {
    var reader = new ItemReader(packed);
    var items = new ArrayList<LeasedItem>();
    for (int left = reader.number(); left > 0; left--) {
      items.add(reader.item());
    }
    return items;
  }

  /** The order of these calls is that in which the bytes were written. */
  private LeasedItem item() {
    return new LeasedItem(
        id(), id(), name(), name(), name(), number(), number(), lease(), row(), text());
  }

  private Lease lease() {
    return new Lease(bytes().toString(), name(), longNumber(), instant(), number(), number());
  }

  private LeasedRow row() {
    int flags = in.getByte(at++);
    return (flags & ItemWriter.HAS_ROW) == 0
        ? null
        : new LeasedRow(
            number(),
            (flags & ItemWriter.LIMITED) != 0,
            (flags & ItemWriter.AGENT_COUNTED) != 0,
            (flags & ItemWriter.SUBMITTED_BEFORE) != 0,
            (flags & ItemWriter.BUNDLED) == 0 ? null : id());
  }

  private ItemText text() {
    return new ItemText(bytes(), schemas.get(number()));
  }

  private String name() {
    int index = number();
    if (index == names.size()) {
      names.add(bytes().toString());
    }
    return names.get(index);
  }

  private UUID id() {
    return new UUID(longNumber(), longNumber());
  }

  private Instant instant() {
    return Instant.ofEpochSecond(longNumber(), number());
  }

  private Buffer bytes() {
    int length = number();
    at += length;
    return in.slice(at - length, at);
  }

  private int number() {
    at += Integer.BYTES;
    return in.getInt(at - Integer.BYTES);
  }

  private long longNumber() {
    at += Long.BYTES;
    return in.getLong(at - Long.BYTES);
  }
}
