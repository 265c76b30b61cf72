package dev.orderly.leasing.item;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes leased items as bytes, for {@link ItemReader}. What items share is told by its number: a
 * name, such as that of a type, is written where it comes first; schemas stand beside the bytes.
 */
final class ItemWriter {
  static final byte HAS_ROW = 1;
  static final byte LIMITED = 1 << 1;
  static final byte AGENT_COUNTED = 1 << 2;
  static final byte SUBMITTED_BEFORE = 1 << 3;
  static final byte BUNDLED = 1 << 4;

  /** What an item takes beside its text, more or less. */
  private static final int TYPICAL_BYTES = 200;

  private final Buffer out;
  private final Map<String, Integer> names = new HashMap<>();
  private final Map<Buffer, Integer> numbers = new IdentityHashMap<>();
  private final List<Buffer> schemas = new ArrayList<>();

  private ItemWriter(int bytes) {
    out = Buffer.buffer(bytes);
  }

  static PackedItems write(List<LeasedItem> items) {
    var writer =
        new ItemWriter(
            items.stream().mapToInt(item -> TYPICAL_BYTES + item.text().item().length()).sum());
    writer.out.appendInt(items.size());
    items.forEach(writer::add);
    return new PackedItems(writer.out, writer.schemas);
  }

  private void add(LeasedItem item) {
    add(item.id());
    add(item.orderId());
    addName(item.orderType());
    addName(item.typeVersion());
    addName(item.type());
    out.appendInt(item.attempt()).appendInt(item.maxAttempts());
    add(item.lease());
    add(item.row());
    add(item.text().item());
    addSchema(item.text().resultSchema());
  }

  private void add(Lease lease) {
    add(Buffer.buffer(lease.token()));
    addName(lease.agentId());
    out.appendLong(lease.fence())
        .appendLong(lease.expiresAt().getEpochSecond())
        .appendInt(lease.expiresAt().getNano())
        .appendInt(lease.ttlSeconds())
        .appendInt(lease.heartbeatEverySeconds());
  }

  private void add(LeasedRow row) {
    if (row == null) {
      out.appendByte((byte) 0);
      return;
    }
    int flags = HAS_ROW;
    flags |= row.limited() ? LIMITED : 0;
    flags |= row.agentCounted() ? AGENT_COUNTED : 0;
    flags |= row.submittedBefore() ? SUBMITTED_BEFORE : 0;
    flags |= row.bundle() == null ? 0 : BUNDLED;
    out.appendByte((byte) flags).appendInt(row.releases());
    if (row.bundle() != null) {
      add(row.bundle());
    }
  }

  private void addName(String name) {
    var number = names.putIfAbsent(name, names.size());
    out.appendInt(number == null ? names.size() - 1 : number);
    if (number == null) {
      add(Buffer.buffer(name));
    }
  }

  private void addSchema(Buffer schema) {
    var number = numbers.putIfAbsent(schema, schemas.size());
    out.appendInt(number == null ? schemas.size() : number);
    if (number == null) {
      schemas.add(schema);
    }
  }

  private void add(UUID id) {
    out.appendLong(id.getMostSignificantBits()).appendLong(id.getLeastSignificantBits());
  }

  private void add(Buffer bytes) {
    out.appendInt(bytes.length()).appendBuffer(bytes);
  }
}
