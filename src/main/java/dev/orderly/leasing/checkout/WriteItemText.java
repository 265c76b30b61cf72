package dev.orderly.leasing.checkout;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.orderly.leasing.KnownTypes.Version;
import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.leasing.item.ItemText;
import dev.orderly.leasing.item.Lease;
import dev.orderly.types.EvidenceRules;
import dev.orderly.types.OrderType;
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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes leased items as agents get them, straight to text: no answer is asked for more often. A
 * type's schema is encoded once by each that writes. Safe for many threads.
 */
final class WriteItemText {
  private static final int MAX_SCHEMAS = 1_000;
  private static final int TYPICAL_BYTES = 1 << 10;

  private final Map<Version, EncodedSchema> schemas = new ConcurrentHashMap<>();

  private record EncodedSchema(JsonObject schema, Buffer text) {}

  ItemText of(NewLease written, Lease lease) {
    var leased = written.lease();
    var bytes = Unpooled.buffer(TYPICAL_BYTES);
    OutputStream sink = new ByteBufOutputStream(bytes);
    try (var out = DatabindCodec.mapper().createGenerator(sink)) {
      out.writeStartObject();
      writeItem(leased, lease, out);
      writeParts(written.parts(), out);
      writeReview(written.comments(), leased.type().evidence(), out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return new ItemText(
        BufferInternal.buffer(bytes), schema(leased.given().item().version(), leased.type()));
  }

  private static void writeItem(Leased leased, Lease lease, JsonGenerator out) throws IOException {
    var item = leased.given().item();
    var expiresAt = lease.expiresAt().toString();
    out.writeStringField("id", item.id().toString());
    out.writeStringField("order_id", item.orderId().toString());
    out.writeStringField("order_type", item.orderType());
    out.writeStringField("type_version", item.typeVersion());
    out.writeStringField("type", item.type());
    out.writeStringField("key", item.key());
    out.writeFieldName("input");
    out.writeRawValue(item.input());
    out.writeNumberField("attempt", item.attempts() + 1);
    out.writeNumberField("max_attempts", item.maxAttempts());
    out.writeNumberField("priority", item.priority());
    writeArray("errors", item.reviewErrors(), out);
    out.writePOJOField("last_error", item.error());
    writeArray("dependencies", leased.dependencies(), out);
    out.writeStringField("lease_expires_at", expiresAt);
    out.writeNumberField("heartbeat_every_seconds", lease.heartbeatEverySeconds());
    writeLease(lease, expiresAt, out);
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

  private static void writeParts(LeasedParts parts, JsonGenerator out) throws IOException {
    if (parts != null) {
      out.writePOJOField("parts", parts.spec());
      out.writePOJOField("parts_required", parts.required());
      out.writePOJOField("parts_state", parts.state());
    }
  }

  private static void writeReview(JsonArray comments, EvidenceRules evidence, JsonGenerator out)
      throws IOException {
    if (comments != null) {
      out.writePOJOField("comments", comments);
    }
    if (!evidence.isEmpty()) {
      out.writeObjectFieldStart("evidence");
      out.writePOJOField("required", evidence.toJson());
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

  /** A type may give another object each time; what says the same is one text all the same. */
  private Buffer schema(Version version, OrderType type) {
    var schema = type.resultSchema();
    var known = schemas.get(version);
    if (known != null && known.schema().equals(schema)) {
      return known.text();
    }
    if (schemas.size() >= MAX_SCHEMAS) {
      schemas.clear();
    }
    var text = schema.toBuffer();
    schemas.put(version, new EncodedSchema(schema, text));
    return text;
  }
}
