package dev.orderly.artifacts;

import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.UUID;

/**
 * Bytes that are here, all of them.
 *
 * @param id names the stored bytes
 * @param sha256 their digest, 64 hexadecimal digits in lower case
 * @param mediaType as the last upload had it in its Content-Type
 * @param place which of the stores has the bytes
 */
public record Artifact(
    UUID id, String sha256, long bytes, String mediaType, String place, Instant createdAt) {
  static final String COLUMNS = "id, sha256, bytes, media_type, place, created_at";

  static Artifact of(Row row) {
    return new Artifact(
        row.getUUID("id"),
        row.getString("sha256"),
        row.getLong("bytes"),
        row.getString("media_type"),
        row.getString("place"),
        row.getOffsetDateTime("created_at").toInstant());
  }

  /** As it goes on the wire. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("sha256", sha256)
        .put("bytes", bytes)
        .put("media_type", mediaType)
        .put("created_at", createdAt.toString());
  }
}
