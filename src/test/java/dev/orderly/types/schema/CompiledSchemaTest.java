package dev.orderly.types.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.orderly.domain.Violation;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompiledSchemaTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"required":["a"]} | {} | required | | required property "a" is missing
          {"properties":{"a":{"type":"integer"}}} | {"a":"x"} | type | /a | expected integer, found string "x"
          {"properties":{"a":{"type":["integer","null"]}}} | {"a":{}} | type | /a | expected integer or null, found object {}
          {"properties":{"a":{"enum":["crm","analytics"]}}} | {"a":"x"} | enum | /a | expected one of "crm", "analytics", found "x"
          {"properties":{"a":{"const":true}}} | {"a":false} | const | /a | expected true, found false
          {"properties":{"a":{"minLength":3}}} | {"a":"xy"} | minLength | /a | expected at least 3 characters, found 2
          {"properties":{"a":{"maxLength":1}}} | {"a":"xy"} | maxLength | /a | expected at most 1 characters, found 2
          {"properties":{"a":{"pattern":"^b"}}} | {"a":"xy"} | pattern | /a | expected text matching ^b, found "xy"
          {"properties":{"a":{"pattern":"^b","description":"begins with b"}}} | {"a":"xy"} | pattern | /a | expected text matching ^b (begins with b), found "xy"
          {"properties":{"a":{"format":"uuid"}}} | {"a":"xy"} | format | /a | expected format uuid, found "xy"
          {"properties":{"a":{"minimum":3}}} | {"a":2} | minimum | /a | expected at least 3, found 2
          {"properties":{"a":{"exclusiveMaximum":3}}} | {"a":3} | exclusiveMaximum | /a | expected less than 3, found 3
          {"properties":{"a":{"multipleOf":5}}} | {"a":7} | multipleOf | /a | expected a multiple of 5, found 7
          {"properties":{"a":{"minItems":2}}} | {"a":[1]} | minItems | /a | expected at least 2 items, found 1
          {"properties":{"a":{"maxItems":0}}} | {"a":[1]} | maxItems | /a | expected at most 0 items, found 1
          {"properties":{"a":{"uniqueItems":true}}} | {"a":[1,1]} | uniqueItems | /a | expected no two items alike; duplicate items at indexes 0 and 1
          {"properties":{"a":{"contains":{"type":"integer"}}}} | {"a":["x"]} | contains | /a | expected an item that matches the contained schema, found none
          {"properties":{"a":{"prefixItems":[{}],"items":false}}} | {"a":[1,2,3]} | items | /a | expected at most 1 items, found 3
          {"properties":{"a":{"maxProperties":0}}} | {"a":{"b":1}} | maxProperties | /a | expected at most 0 properties, found 1
          {"additionalProperties":false,"properties":{"b":{}}} | {"a":1} | additionalProperties | /a | unexpected property; expected only b
          {"properties":{"a":false}} | {"a":1} | properties | /a | this property is not allowed
          {"propertyNames":{"pattern":"^b"}} | {"a":1} | propertyNames | | property name "a" does not match schema
          {"properties":{"a":{"not":{"type":"string"}}}} | {"a":"x"} | not | /a | found "x", which is what must not be
          {"properties":{"a":{"anyOf":[{"type":"string"},{"required":["q"],"type":"object"}]}}} | {"a":{}} | anyOf | /a | expected a match with one of the alternatives, found none (0: expected string, found object {}; 1: required property "q" is missing)
          {"properties":{"a":{"allOf":[{"type":"integer"},{"minimum":5}]}}} | {"a":3} | minimum | /a | expected at least 5, found 3
          {"properties":{"a":{"if":{"type":"string"},"then":{"minLength":5}}}} | {"a":"x"} | minLength | /a | expected at least 5 characters, found 1
          {"$defs":{"id":{"type":"integer"}},"properties":{"a":{"items":{"$ref":"#/$defs/id"}}}} | {"a":[1,"x"]} | type | /a/1 | expected integer, found string "x"
          {"properties":{"a/b~c d%é":{"type":"integer"}}} | {"a/b~c d%é":"x"} | type | /a~1b~0c d%é | expected integer, found string "x"
          {"properties":{"\\n":{"type":"integer"}}} | {"\\n":"x"} | type | /\\n | expected integer, found string "x"
          """)
  void eachKeywordSaysWhereWhatWasExpectedAndWhatWasFound(
      String schema, String instance, String keyword, String pointer, String message) {
    assertThat(compiled(schema).validate(new JsonObject(instance)))
        .containsExactly(
            new Violation(
                pointer == null ? "" : pointer.replace("\\n", "\n"), "schema." + keyword, message));
  }

  @Test
  void everyViolationIsListedOnce() {
    var schema =
        compiled(
            """
            {"type":"object","required":["a","b"],"additionalProperties":false,
             "properties":{"a":{"minLength":3,"pattern":"^x"},"list":{"items":{"required":["id"],
               "additionalProperties":{"type":"string"},"properties":{"id":{"type":"integer"}}}}}}
            """);

    var violations =
        schema.validate(
            new JsonObject(
                "{\"a\":\"b\",\"c\":1,\"list\":[{\"id\":\"x\"},{},{\"id\":1,\"n\":2}]}"));

    assertThat(violations)
        .extracting(violation -> violation.pointer() + " " + violation.code())
        .containsExactlyInAnyOrder(
            " schema.required",
            "/a schema.minLength",
            "/a schema.pattern",
            "/c schema.additionalProperties",
            "/list/0/id schema.type",
            "/list/1 schema.required",
            "/list/2/n schema.type");
  }

  @Test
  void longListsOfViolationsAreCutAndCounted() {
    var list = new JsonArray();
    for (int i = 0; i < SchemaErrors.MOST + 5; i++) {
      list.add("x");
    }

    var violations =
        compiled("{\"properties\":{\"a\":{\"items\":{\"type\":\"integer\"}}}}")
            .validate(new JsonObject().put("a", list));

    assertThat(violations).hasSize(SchemaErrors.MOST + 1);
    assertThat(violations.getLast())
        .isEqualTo(new Violation("", "schema.more", "and 5 more violations"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"strin"} | /type | anyOf
          {"required":"a"} | /required | type
          {"properties":{"a":{"minLength":-1}}} | /properties/a/minLength | minimum
          {"properties":{"a":5}} | /properties/a | type
          {"properties":{"a":{"$ref":"#/$defs/b"}}} | /properties/a/$ref | ref
          {"$ref":"https://example.org/other"} | /$ref | ref
          {"pattern":"("} | /pattern | format
          {"patternProperties":{"(":{}}} | /patternProperties | propertyNames
          {"$schema":"http://json-schema.org/draft-07/schema#"} | /$schema | dialect
          """)
  void schemasThatAreNoneAreRefused(String schema, String pointer, String code) {
    assertThat(CompiledSchema.faults(new JsonObject(schema)))
        .extracting(Violation::pointer, Violation::code)
        .contains(tuple(pointer, "schema." + code));
  }

  @Test
  void namesAndDataInSchemasAreNotTakenForKeywords() {
    assertThat(
            CompiledSchema.faults(
                new JsonObject(
                    """
                    {"$id":"https://example.org/a","$ref":"#/$defs/a","$defs":{"a":{}},
                     "properties":{"pattern":{"type":"string"},"$ref":{"type":"string"}},
                     "const":{"pattern":"(","$ref":"#/none"},"default":{"$ref":"#/none"}}
                    """)))
        .isEmpty();
  }

  @Test
  void schemaThatNeverEndsIsTheTypesFailure() {
    var schema = compiled("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}");

    assertThatThrownBy(() -> schema.validate(new JsonObject()))
        .isInstanceOf(TypeFailure.class)
        .hasMessageContaining("recurses too deeply");
  }

  @Test
  void oneSchemaServesManyThreadsAtOnceAndIsNotChanged() throws Exception {
    var text =
        "{\"properties\":{\"a\":{\"items\":{\"anyOf\":[{\"type\":\"integer\"},{\"required\":[\"q\"]}]},"
            + "\"contains\":{\"type\":\"integer\"},\"not\":{\"maxItems\":0}}}}";
    var source = new JsonObject(text);
    var schema = CompiledSchema.compile("s", source);
    var tasks = new ArrayList<Callable<List<Violation>>>();
    for (int i = 0; i < 500; i++) {
      tasks.add(() -> schema.validate(new JsonObject("{\"a\":[1,{}]}")));
    }

    try (var executor = Executors.newFixedThreadPool(4)) {
      for (var future : executor.invokeAll(tasks)) {
        assertThat(future.get()).extracting(Violation::pointer).containsExactly("/a/1");
      }
    }
    assertThat(source).isEqualTo(new JsonObject(text));
  }

  private static CompiledSchema compiled(String schema) {
    var json = new JsonObject(schema);
    assertThat(CompiledSchema.faults(json)).isEmpty();
    return CompiledSchema.compile("s", json);
  }
}
