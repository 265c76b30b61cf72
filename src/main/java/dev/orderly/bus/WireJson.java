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
          .addModule(userJson())
          .addModule(buffers())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private WireJson() {}

  /** A message on its way. */
  static Encoded encode(Object message) {
    var attached = Buffer.buffer();
    try {
      return new Encoded(
          MAPPER.writer().withAttribute(ATTACHED, attached).writeValueAsBytes(message), attached);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write a " + message.getClass().getSimpleName(), e);
    }
  }

  /** A message that has arrived. Its buffers are parts of the one that it came in. */
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

  private static SimpleModule buffers() {
    var module = new SimpleModule();
    module.addSerializer(
        Buffer.class,
        new StdSerializer<Buffer>(Buffer.class) {
          @Override
          public void serialize(Buffer value, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            var attached = (Buffer) provider.getAttribute(ATTACHED);
            out.writeArray(new int[] {attached.length(), value.length()}, 0, 2);
            attached.appendBuffer(value);
          }
        });
    module.addDeserializer(
        Buffer.class,
        new StdDeserializer<Buffer>(Buffer.class) {
          @Override
          public Buffer deserialize(JsonParser in, DeserializationContext context)
              throws IOException {
            var place = context.readValue(in, int[].class);
            var attached = (Buffer) context.getAttribute(ATTACHED);
            return attached.slice(place[0], place[0] + place[1]);
          }
        });
    return module;
  }

  private static SimpleModule userJson() {
    var module = new SimpleModule();
    module.addSerializer(
        JsonObject.class,
        new StdSerializer<JsonObject>(JsonObject.class) {
          @Override
          public void serialize(JsonObject value, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            out.writeRawValue(value.encode());
          }
        });
    module.addSerializer(
        JsonArray.class,
        new StdSerializer<JsonArray>(JsonArray.class) {
          @Override
          public void serialize(JsonArray value, JsonGenerator out, SerializerProvider provider)
              throws IOException {
            out.writeRawValue(value.encode());
          }
        });
    module.addDeserializer(
        JsonObject.class,
        new StdDeserializer<JsonObject>(JsonObject.class) {
          @Override
          @SuppressWarnings("unchecked")
          public JsonObject deserialize(JsonParser in, DeserializationContext context)
              throws IOException {
            return new JsonObject(context.readValue(in, Map.class));
          }
        });
    module.addDeserializer(
        JsonArray.class,
        new StdDeserializer<JsonArray>(JsonArray.class) {
          @Override
          public JsonArray deserialize(JsonParser in, DeserializationContext context)
              throws IOException {
            return new JsonArray(context.readValue(in, List.class));
          }
        });
    return module;
  }
}
