package dev.orderly.bus;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.orderly.bus.Envelope.Encoded;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON between nodes: records, times and the user's own JSON. Buffers travel behind it as they
 * are, and it says where each begins and how long it is.
 */
final class WireJson {
  /** What the buffers of one message are written to, or read from. */
  private static final Object ATTACHED = new Object();

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(vertxTypes())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private WireJson() {}

  /** The buffers of a message, in the order in which they are sent, each once. */
  private static final class Sent {
    private final List<Buffer> buffers = new ArrayList<>();
    private final Map<Buffer, int[]> places = new IdentityHashMap<>();
    private int length;

    int[] place(Buffer buffer) {
      return places.computeIfAbsent(
          buffer,
          added -> {
            buffers.add(added);
            length += added.length();
            return new int[] {length - added.length(), added.length()};
          });
    }
  }

  /** Adds a message: the length of its JSON, the JSON, the length of its buffers, the buffers. */
  static void write(Object message, Buffer wire) {
    var sent = new Sent();
    byte[] json;
    try {
      json = MAPPER.writer().withAttribute(ATTACHED, sent).writeValueAsBytes(message);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write a " + message.getClass().getSimpleName(), e);
    }
    wire.appendInt(json.length).appendBytes(json).appendInt(sent.length);
    sent.buffers.forEach(wire::appendBuffer);
  }

  /** Takes a message out of what came over the wire. */
  static Encoded read(Buffer wire, int position) {
    int json = position + Integer.BYTES;
    int jsonEnd = json + wire.getInt(position);
    int attached = jsonEnd + Integer.BYTES;
    return new Encoded(
        wire.getBytes(json, jsonEnd), wire.getBuffer(attached, attached + wire.getInt(jsonEnd)));
  }

  /** A message as its receiver knows it. Its buffers are parts of the one that it came in. */
  static <T> T decode(Encoded message, Class<T> type) {
    try {
      return MAPPER
          .readerFor(type)
          .withAttribute(ATTACHED, message.attached())
          .readValue(message.json());
    } catch (IOException e) {
      throw new IllegalStateException("cannot read a " + type.getSimpleName(), e);
    }
  }

  private interface Writing<T> {
    void write(T value, JsonGenerator out, SerializerProvider provider) throws IOException;
  }

  private interface Reading<T> {
    T read(JsonParser in, DeserializationContext context) throws IOException;
  }

  @SuppressWarnings("unchecked")
  private static SimpleModule vertxTypes() {
    var module = new SimpleModule();
    add(
        module,
        JsonObject.class,
        (value, out, provider) -> out.writeRawValue(value.encode()),
        (in, context) -> new JsonObject(context.readValue(in, Map.class)));
    add(
        module,
        JsonArray.class,
        (value, out, provider) -> out.writeRawValue(value.encode()),
        (in, context) -> new JsonArray(context.readValue(in, List.class)));
    add(module, Buffer.class, WireJson::attach, WireJson::attached);
    return module;
  }

  private static void attach(Buffer value, JsonGenerator out, SerializerProvider provider)
      throws IOException {
    var sent = (Sent) provider.getAttribute(ATTACHED);
    out.writeArray(sent.place(value), 0, 2);
  }

  private static Buffer attached(JsonParser in, DeserializationContext context) throws IOException {
    var place = context.readValue(in, int[].class);
    var attached = (Buffer) context.getAttribute(ATTACHED);
    return attached.slice(place[0], place[0] + place[1]);
  }

  private static <T> void add(
      SimpleModule module, Class<T> type, Writing<T> writing, Reading<T> reading) {
    module.addSerializer(
        type,
        new StdSerializer<T>(type) {
          @Override
          public void serialize(T value, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            writing.write(value, out, provider);
          }
        });
    module.addDeserializer(
        type,
        new StdDeserializer<T>(type) {
          @Override
          public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return reading.read(in, context);
          }
        });
  }
}
