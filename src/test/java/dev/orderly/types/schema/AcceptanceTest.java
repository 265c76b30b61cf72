package dev.orderly.types.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptanceTest {
  private static final int SCHEMAS = 4_000;
  private static final int VALUES = 30;
  private static final int DEPTH = 3;

  @Test
  void whatIsAcceptedTheValidatorFindsValidToo() {
    var random = new RandomSchemas(20_261_121, true);
    int accepted = 0;
    int valid = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      var source = random.root();
      var schema = CompiledSchema.compile("s", source);
      for (int j = 0; j < VALUES; j++) {
        var value = random.value(DEPTH);
        boolean found = valid(schema, value);
        valid += found ? 1 : 0;
        if (schema.accepts(value)) {
          accepted++;
          assertThat(found).as("%s of %s", value, source).isTrue();
        }
      }
    }
    assertThat(accepted).isBetween(SCHEMAS * VALUES / 20, valid - SCHEMAS * VALUES / 20);
  }

  @Test
  void plainSchemasLeaveOnlyWhatIsWrongToTheValidator() {
    var random = new RandomSchemas(4_711, false);
    int valid = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      var source = random.root();
      var schema = CompiledSchema.compile("s", source);
      for (int j = 0; j < VALUES; j++) {
        var value = random.value(DEPTH);
        boolean found = valid(schema, value);
        valid += found ? 1 : 0;
        assertThat(schema.accepts(value)).as("%s of %s", value, source).isEqualTo(found);
      }
    }
    assertThat(valid).isCloseTo(SCHEMAS * VALUES / 2, within(SCHEMAS * VALUES / 4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"integer"} | 1.0
          {"type":"integer"} | 18446744073709551616
          {"type":["string","array"],"uniqueItems":true,"minLength":1} | ["a","b"]
          {"uniqueItems":true} | [[]]
          {"enum":["a",null,1]} | 1
          {"const":null} | null
          {"minLength":1,"maxLength":1} | "😀"
          {"pattern":"b"} | "abc"
          {"format":"uuid"} | "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8A10"
          {"format":"uuid"} | 5
          {"format":"date-time"} | "2026-01-31T12:00:00Z"
          {"format":"made-up"} | "x"
          {"$ref":"#/$defs/id","type":"integer","$defs":{"id":{"minimum":1}}} | 1
          {"$id":"https://example.org/a","$ref":"#/$defs/a","$defs":{"a":{"type":"array"}}} | []
          {"$ref":"#here","$defs":{"a":{"$anchor":"here","type":"array"}}} | []
          {"properties":{"next":{"$ref":"#"}}} | {"v":1}
          {"properties":{"a":{"anyOf":[true]}}} | {"b":1}
          {"title":"t","description":"d","examples":[1],"default":2,"$comment":"c"} | 3
          """)
  void plainKeywordsAreAcceptedAtOnce(String schema, String instance) {
    assertThat(compile(schema).accepts(Json.decodeValue(instance))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"anyOf":[true]} | 1
          {"properties":{"a":{"anyOf":[true]}}} | {"a":1}
          {"properties":{"next":{"$ref":"#"}}} | {"next":{}}
          {"uniqueItems":true} | [1,2]
          {"enum":[1]} | 1.0
          {"const":{}} | {}
          {"minimum":1} | 18446744073709551616
          {"patternProperties":{"^a":true}} | {}
          {"prefixItems":[true]} | []
          {"multipleOf":1} | 1
          {"format":"uuid"} | "urn:uuid:0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10"
          {"x-of-our-own":1} | 1
          {"$ref":"#/$defs/a","$defs":{"a":true}} | 1
          """)
  void allElseIsLeftToTheValidatorThoughItIsValid(String schema, String instance) {
    var compiled = compile(schema);
    var value = Json.decodeValue(instance);

    assertThat(compiled.accepts(value)).isFalse();
    assertThat(compiled.validate(value)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"format":"uuid"} | "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a1g"
          {"format":"uuid"} | "0197f3a05b7e-7c31-9d0a-2f6f3f1f-8a10"
          {"format":"uuid"} | "0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a1"
          {"uniqueItems":true} | ["a","b","a"]
          {"maxProperties":1} | {"a":1,"b":2}
          {"maximum":9223372036854775807} | 9223372036854775808
          """)
  void whatIsWrongIsNot(String schema, String instance) {
    var compiled = compile(schema);
    var value = Json.decodeValue(instance);

    assertThat(compiled.accepts(value)).isFalse();
    assertThat(compiled.validate(value)).isNotEmpty();
  }

  @Test
  void marksOfTheValidatorInASchemaMakeNoDifference() {
    var schema =
        compile(
            """
            {"__absolute_uri__":"app://orderly/#/$defs/a","$defs":{"a":{"type":"array"}}}
            """);

    assertThat(schema.accepts(1)).isFalse();
    assertThat(schema.validate(1)).isNotEmpty();
  }

  @Test
  void keysThatAreNoTextAreLeftToTheValidator() {
    assertThat(compile("{\"additionalProperties\":{}}").accepts(Map.of(1, 2))).isFalse();
  }

  @Test
  void deepSchemasAreCompiledWithinBounds() {
    var deep = new JsonObject().put("type", "integer");
    var wide = new JsonObject().put("a0", new JsonObject());
    for (int i = 1; i <= 100; i++) {
      deep = new JsonObject().put("allOf", new JsonArray().add(deep));
      var last = new JsonObject().put("$ref", "#/$defs/a" + (i - 1));
      wide.put("a" + i, new JsonObject().put("properties", JsonObject.of("l", last, "r", last)));
    }

    var deepest = CompiledSchema.compile("s", deep);
    var widest =
        CompiledSchema.compile(
            "s", new JsonObject().put("$ref", "#/$defs/a100").put("$defs", wide));

    assertThat(deepest.accepts(1)).isFalse();
    assertThat(deepest.validate(1)).isEmpty();
    assertThat(widest.accepts(JsonObject.of("l", JsonObject.of("l", new JsonObject())))).isTrue();
  }

  @Test
  void bodiesOfTheContractAreAccepted() throws IOException {
    var contract = yaml(Path.of("src/main/resources/openapi.yaml"));
    var accepted = new ArrayList<String>();
    for (var path : contract.getJsonObject("paths")) {
      for (var operation : (JsonObject) path.getValue()) {
        if (operation.getValue() instanceof JsonObject described
            && described.getJsonObject("requestBody", new JsonObject()).getJsonObject("content")
                instanceof JsonObject content
            && content.getJsonObject("application/json") instanceof JsonObject body
            && body.containsKey("example")
            && CompiledSchema.compile(
                    "s", (JsonObject) inlined(body.getJsonObject("schema"), contract))
                .accepts(body.getValue("example"))) {
          accepted.add(described.getString("operationId"));
        }
      }
    }
    assertThat(accepted)
        .contains(
            "propose",
            "checkout",
            "checkoutFromOrder",
            "heartbeat",
            "heartbeatItems",
            "submitItem",
            "submitItems",
            "releaseItem",
            "releaseItems");
  }

  @Test
  void framesOfAgentsAreAccepted() throws IOException {
    var definitions =
        new JsonObject(Files.readString(Path.of("src/main/resources/websocket/client.schema.json")))
            .getJsonObject("$defs");
    var frames =
        Map.of(
            "checkout", "{\"id\":\"1\",\"op\":\"checkout\",\"types\":[\"a\",\"b\"],\"max\":5}",
            "heartbeat", "{\"id\":\"2\",\"op\":\"heartbeat\",\"items\":[{\"item_id\":%s}]}",
            "submit", "{\"id\":\"3\",\"op\":\"submit\",\"item_id\":%s,\"result\":{\"a\":[1]}}");

    frames.forEach(
        (op, frame) -> {
          var schema = definitions.getJsonObject(op).copy().put("$defs", definitions);
          assertThat(
                  CompiledSchema.compile("s", schema)
                      .accepts(
                          new JsonObject(
                              frame.formatted("\"0197f3a0-5b7e-7c31-9d0a-2f6f3f1f8a10\""))))
              .as(op)
              .isTrue();
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          city-tiers | {"cities":[{"city_id":1,"tier":"large","reason":"r"}]}
          content-fact-check | {"claims":[{"claim":"c","verdict":"refuted","confidence":0.5,"sources":["https://a"]}]}
          customer-research | {"identity":{},"firmographics":{},"contacts":[{"name":"n"}],"confidence":1}
          database-record-insert | {"records":[{"key":"k","data":{"a":1},"verified":true}]}
          user-data-sync | {"success":true,"synced_users":[{"user_id":1,"verified":true}]}
          """)
  void resultsOfTheExamplesAreAccepted(String name, String result) throws IOException {
    var type = yaml(Path.of("examples", name, name + ".type.yaml"));

    var schema =
        CompiledSchema.compile("s", type.getJsonObject("submission").getJsonObject("schema"));

    assertThat(schema.accepts(new JsonObject(result))).isTrue();
  }

  private static boolean valid(CompiledSchema schema, Object value) {
    try {
      return schema.judge(value).isEmpty();
    } catch (RuntimeException e) {
      return false; // It could not be applied, and that is for the validator to say.
    }
  }

  private static CompiledSchema compile(String schema) {
    return CompiledSchema.compile("s", new JsonObject(schema));
  }

  @SuppressWarnings("unchecked")
  private static JsonObject yaml(Path file) throws IOException {
    var text = Files.readString(file, StandardCharsets.UTF_8);
    return new JsonObject(new ObjectMapper(new YAMLFactory()).readValue(text, HashMap.class));
  }

  /** As the server reads the contract: with what is referred to in place of the reference. */
  private static Object inlined(Object value, JsonObject contract) {
    return switch (value) {
      case JsonObject object when object.getValue("$ref") instanceof String target -> {
        Object at = contract;
        for (var step : target.substring(2).split("/")) {
          at = ((JsonObject) at).getValue(step);
        }
        yield inlined(at, contract);
      }
      case JsonObject object -> {
        var copy = new JsonObject();
        object.forEach(member -> copy.put(member.getKey(), inlined(member.getValue(), contract)));
        yield copy;
      }
      case JsonArray array ->
          new JsonArray(array.stream().map(element -> inlined(element, contract)).toList());
      case null -> null;
      default -> value;
    };
  }
}
