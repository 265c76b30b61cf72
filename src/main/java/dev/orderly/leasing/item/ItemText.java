package dev.orderly.leasing.item;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * What an agent reads of an item that it got. The desk writes it, and whoever passes it on need not
 * read it. The buffers are not to be changed: others share them.
 *
 * @param item a JSON object with everything but the schema; it has members, and nothing follows it
 * @param resultSchema JSON Schema 2020-12 of the result
 */
public record ItemText(Buffer item, Buffer resultSchema) {
  private static final byte[] SCHEMA_FOLLOWS =
      ",\"result_schema\":".getBytes(StandardCharsets.UTF_8);

  /** How many bytes {@link #appendTo} adds. */
  public int length() {
    return item.length() + SCHEMA_FOLLOWS.length + resultSchema.length();
  }

  /** Adds the whole item as one JSON object. */
  public void appendTo(Buffer out) {
    out.appendBuffer(item, 0, item.length() - 1)
        .appendBytes(SCHEMA_FOLLOWS)
        .appendBuffer(resultSchema)
        .appendByte((byte) '}');
  }
}
