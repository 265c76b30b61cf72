package dev.orderly.api;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.leasing.Lease;
import dev.orderly.leasing.LeasedItem;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.DatabindCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes leased items as agents get them, straight to text: no answer is asked for more often. A
 * type's schema is encoded once. Safe for many threads.
 */
public final class LeasedItemJson {
  private static final int MAX_SCHEMAS = 1_000;
  private static final int TYPICAL_BYTES = 1 << 10;

  private final Map<Version, EncodedSchema> schemas = new ConcurrentHashMap<>();

  private record EncodedSchema(JsonObject schema, SerializableString text) {}

  private interface Writing {
    void to(JsonGenerator out) throws IOException;
  }

  /**
   * @param items at least one
   * @param all whether the agent asked for several: whoever takes one has no use for a list
   */
  public Buffer answer(List<LeasedItem> items, boolean all) {
    return text(
        items.size(),
        out -> {
          out.writeStartObject();
          out.writeFieldName("item");
          write(items.getFirst(), out);
          if (all) {
            out.writeFieldName("items");
            write(items, out);
          }
          out.writeEndObject();
        });
  }

  /** The items as a JSON array. */
  public Buffer array(List<LeasedItem> items) {
    return text(items.size(), out -> write(items, out));
  }

  private static Buffer text(int items, Writing writing) {
    var bytes = Unpooled.buffer(items * TYPICAL_BYTES);
    OutputStream sink = new ByteBufOutputStream(bytes);
    try (var out = DatabindCodec.mapper().createGenerator(sink)) {
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return BufferInternal.buffer(bytes);
  }

  private void write(List<LeasedItem> items, JsonGenerator out) throws IOException {
    out.writeStartArray();
    for (var item : items) {
      write(item, out);
    }
    out.writeEndArray();
  }

  private void write(LeasedItem item, JsonGenerator out) throws IOException {
    var expiresAt = item.lease().expiresAt().toString();
    out.writeStartObject();
    out.writeStringField("id", item.id().toString());
    out.writeStringField("order_id", item.orderId().toString());
    out.writeStringField("order_type", item.orderType());
    out.writeStringField("type_version", item.typeVersion());
    out.writeStringField("type", item.type());
    out.writeStringField("key", item.key());
    out.writePOJOField("input", item.input());
    out.writeFieldName("result_schema");
    out.writeRawValue(schema(item));
    out.writeNumberField("attempt", item.attempt());
    out.writeNumberField("max_attempts", item.maxAttempts());
    out.writeNumberField("priority", item.priority());
    writeArray("errors", item.errors(), out);
    out.writePOJOField("last_error", item.lastError());
    writeArray("dependencies", item.dependencies(), out);
    out.writeStringField("lease_expires_at", expiresAt);
    out.writeNumberField("heartbeat_every_seconds", item.lease().heartbeatEverySeconds());
    writeLease(item.lease(), expiresAt, out);
    writeRest(item, out);
    out.writeEndObject();
  }

  private static void writeLease(Lease lease, String expiresAt, JsonGenerator out)
      throws IOException {
    out.writeObjectFieldStart("lease");
    out.writeStringField("token", lease.token());
    out.writeStringField("agent_id", lease.agentId());
    out.writeNumberField("fence", lease.fence());
    out.writeStringField("expires_at", expiresAt);
    out.writeNumberField("heartbeat_every_seconds", lease.heartbeatEverySeconds());
    out.writeEndObject();
  }

  /** What only some items have. */
  private static void writeRest(LeasedItem item, JsonGenerator out) throws IOException {
    if (item.parts() != null) {
      out.writePOJOField("parts", item.parts().spec());
      out.writePOJOField("parts_required", item.parts().required());
      out.writePOJOField("parts_state", item.parts().state());
    }
    if (item.comments() != null) {
      out.writePOJOField("comments", item.comments());
    }
    if (item.evidence() != null) {
      out.writeObjectFieldStart("evidence");
      out.writePOJOField("required", item.evidence());
      out.writeEndObject();
    }
  }

  /**
   * @param elements null is the same as none
   */
  private static void writeArray(String name, JsonArray elements, JsonGenerator out)
      throws IOException {
    out.writeFieldName(name);
    if (elements == null || elements.isEmpty()) {
      out.writeStartArray();
      out.writeEndArray();
    } else {
      out.writePOJO(elements);
    }
  }

  /** Another object under the same version, such as one that came over the bus, is its own. */
  private SerializableString schema(LeasedItem item) {
    var version = item.version();
    var known = schemas.get(version);
    if (known != null && known.schema() == item.resultSchema()) {
      return known.text();
    }
    if (schemas.size() >= MAX_SCHEMAS) {
      schemas.clear();
    }
    var text = new SerializedString(item.resultSchema().encode());
    schemas.put(version, new EncodedSchema(item.resultSchema(), text));
    return text;
  }
}
