package dev.orderly.leasing;

import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Writes leased items as bytes, for {@link ItemReader}. What many items share, such as their type
 * and its schema, is written once and then told by its number.
 */
final class ItemWriter {
  static final byte HAS_ROW = 1;
  static final byte LIMITED = 1 << 1;
  static final byte AGENT_COUNTED = 1 << 2;
  static final byte SUBMITTED_BEFORE = 1 << 3;
  static final byte BUNDLED = 1 << 4;

  private final Buffer out = Buffer.buffer();
  private final Map<String, Integer> names = new HashMap<>();
  private final Map<Buffer, Integer> schemas = new IdentityHashMap<>();

  Buffer written() {
    return out;
  }

  void add(List<LeasedItem> items) {
    out.appendInt(items.size());
    items.forEach(this::add);
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
    var number = schemas.putIfAbsent(schema, schemas.size());
    out.appendInt(number == null ? schemas.size() - 1 : number);
    if (number == null) {
      add(schema);
    }
  }

  private void add(UUID id) {
    out.appendLong(id.getMostSignificantBits()).appendLong(id.getLeastSignificantBits());
  }

  private void add(Buffer bytes) {
    out.appendInt(bytes.length()).appendBuffer(bytes);
  }
}
