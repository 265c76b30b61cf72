package dev.orderly.bus;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** The JSON between nodes: records, times and the user's own JSON. */
final class WireJson {
  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(userJson())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private WireJson() {}

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
