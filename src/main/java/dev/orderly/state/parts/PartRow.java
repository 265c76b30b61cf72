package dev.orderly.state.parts;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;

/** A part as it is kept, without its content. */
record PartRow(
    UUID id,
    String key,
    int seq,
    Status status,
    int bytes,
    String checksum,
    long fence,
    Instant createdAt) {

  /** What {@link #of} reads. */
  static final String COLUMNS = "id, part_key, seq, status, bytes, checksum, fence, created_at";

  /** Only validated parts are in use. */
  enum Status {
    VALIDATED,
    REJECTED,
    SUPERSEDED;

    String wire() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static PartRow of(Row row) {
    return new PartRow(
        row.getUUID("id"),
        row.getString("part_key"),
        row.getInteger("seq"),
        Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
        row.getInteger("bytes"),
        row.getString("checksum"),
        row.getLong("fence"),
        row.getOffsetDateTime("created_at").toInstant());
  }

  boolean inUse() {
    return status == Status.VALIDATED;
  }

  /** As it goes on the wire. */
  JsonObject toJson() {
    return new JsonObject()
        .put("id", id.toString())
        .put("part_key", key)
        .put("seq", seq)
        .put("status", status.wire())
        .put("checksum", checksum)
        .put("created_at", createdAt.toString());
  }
}
