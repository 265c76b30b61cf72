package dev.orderly.types.declarative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.SatisfiedBy;
import dev.orderly.domain.Violation;
import dev.orderly.testing.TypeTexts;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.DependencyRules;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclarativeTypeTest {
  @TempDir Path directory;

  @Test
  void planIsOneItemOfThePayloadByDefault() {
    var payload = new JsonObject().put("a", new JsonArray().add(1));

    var items = TypeTexts.type(directory, TypeTexts.LEAST).plan(order(payload));

    assertThat(items).containsExactly(new ItemPlan(null, null, payload, null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          order.payload.list.{"input": {"n": $}}                          | 3
          [order.payload.list.{"input": {"n": $}}]                        | 3
          order.payload.list[0].{"input": {"n": $}}                       | 1
          {"input": order.payload}                                        | 1
          order.payload.missing.{"input": {"n": $}}                       | 0
          []                                                              | 0
          $map($chunk(order.payload.list, 2), function($c) {{"input": {"c": $c}}}) | 2
          """)
  void listsLoneItemsAndNothingArePlans(String plan, int items) {
    var payload = new JsonObject().put("list", new JsonArray().add(1).add(2).add(3));

    assertThat(planned(plan).plan(order(payload))).hasSize(items);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                    | true
          {properties: {n: {type: integer, enum: [1, 2]}}}      | true
          {properties: {n: {type: string, pattern: '^(a+)+$'}}} | false
          {patternProperties: {'^x': {type: string}}}           | false
          {items: {anyOf: [{format: email}]}}                   | false
          {uniqueItems: true}                                   | false
          """)
  void judgesAResultAloneWhoseSchemaIsQuick(String schema, boolean quick) {
    var text = TypeTexts.LEAST.replace("  schema: { type: object }", "  schema: " + schema);

    assertThat(TypeTexts.type(directory, text).judgesResultAlone()).isEqualTo(quick);
  }

  @Test
  void judgesNoResultAloneIfItHasRules() {
    var text =
        TypeTexts.LEAST.replace(
            "  schema: { type: object }",
            "  schema: { type: object }\n  checks: [{code: c, message: m, expect: 'true'}]");

    assertThat(TypeTexts.type(directory, text).judgesResultAlone()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "item.input.customer, acme",
    "item.input.number, 7",
    "item.input.missing,",
    "item.type & '/' & order.payload.region, some.queue/north"
  })
  void limitKeyIsAText(String expression, String key) {
    var type =
        TypeTexts.type(directory, TypeTexts.LEAST + "limits: { key: \"" + expression + "\" }\n");
    var input = new JsonObject().put("customer", "acme").put("number", 7);

    assertThat(
            type.limitKey(
                order(new JsonObject().put("region", "north")),
                new ItemPlan("some.queue", null, input, null)))
        .isEqualTo(key);
  }

  @Test
  void refusesALimitKeyThatIsNoText() {
    var type = TypeTexts.type(directory, TypeTexts.LEAST + "limits: { key: item.input }\n");
    var item = new ItemPlan(null, null, new JsonObject().put("a", 1), null);

    assertThatThrownBy(() -> type.limitKey(order(new JsonObject()), item))
        .isInstanceOf(TypeFailure.class)
        .hasMessageContaining("limits.key")
        .hasMessageContaining("at most 200 characters");
  }

  @Test
  void planGivesTypeKeyAndAttempts() {
    var type =
        planned("{\"type\": \"other.queue\", \"key\": \"k\", \"input\": {}, \"max_attempts\": 9}");

    assertThat(type.plan(order(new JsonObject())))
        .containsExactly(new ItemPlan("other.queue", "k", new JsonObject(), 9));
  }

  @Test
  void planGivesWhatItemsDependOn() {
    var type =
        planned(
            "[{\"key\": \"b\", \"input\": {}, \"depends_on\": [\"a\", \"c\"]},"
                + " {\"input\": {}, \"depends_on\": \"b\"}]");

    assertThat(type.plan(order(new JsonObject())).stream().map(ItemPlan::dependsOn))
        .containsExactly(List.of("a", "c"), List.of("b"));
    assertThat(type.dependencies()).isEqualTo(DependencyRules.DEFAULT);
  }

  @Test
  void saysHowFarAnItemMustBeForThoseThatDependOnIt() {
    var type =
        TypeTexts.type(directory, TypeTexts.LEAST + "dependencies: { satisfied_by: accepted }\n");

    assertThat(type.dependencies().satisfiedBy()).isEqualTo(SatisfiedBy.ACCEPTED);
  }

  @Test
  void refusesUnknownRulesForDependencies() {
    assertThatThrownBy(
            () ->
                TypeTexts.type(
                    directory,
                    TypeTexts.LEAST + "dependencies: { satisfied_by: started, depth: 3 }\n"))
        .hasMessageContaining("dependencies.satisfied_by: expected")
        .hasMessageContaining("dependencies.depth: unexpected property");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "text"                                    | expected a list of items, found text
          [1]                                       | item 1: expected an object with input, found 1
          $map([1,2], function($c) { [1..2].{"input": {}} }) | item 1: expected an object with input, found a list within the list, [{"input":{}},{"input":{}}]
          [[1..90]]                                 | found a list within the list, [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,3…
          [{"input": {}}, {}]                       | item 2: expected an object as input, found null
          {"input": {}, "depends_on": 7}            | item 1: expected a list of keys as depends_on, found 7
          {"input": {}, "depends_on": ["a", 1]}     | item 1: expected a list of keys as depends_on, found ["a",1]
          {"input": {}, "depends_on": ""}           | item 1: expected a list of keys as depends_on
          {"input": [1]}                            | item 1: expected an object as input, found [1]
          {"input": {}, "kye": "a"}                 | item 1: unknown property kye
          {"input": {}, "type": "Not a name"}       | item 1: not the name of a type: Not a name
          {"input": {}, "key": 1}                   | item 1: expected a text of 1 to 200 characters as key, found 1
          {"input": {}, "max_attempts": 0}          | item 1: expected 1 to 100 as max_attempts, found 0
          [{"input": {}, "key": "a"}, {"input": {}, "key": "a"}] | item 2: key a is already that of item 1
          $error("no plan today")                   | no plan today
          """)
  void wrongPlansAreTheTypesFailure(String plan, String message) {
    var type = planned(plan);

    assertThatThrownBy(() -> type.plan(order(new JsonObject())))
        .isInstanceOf(TypeFailure.class)
        .hasMessageStartingWith("type least.type: plan: ")
        .hasMessageContaining(message);
  }

  @Test
  void listsWithinAPathAreOneList() {
    var type = planned("[1,2].([1..3].{\"input\": {}})");

    assertThat(type.plan(order(new JsonObject()))).hasSize(6);
  }

  @Test
  void payloadIsValidatedBySchema() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace(
                "payload: { type: object }", "payload: { type: object, required: [a] }"));

    assertThat(type.validatePayload(new JsonObject()))
        .containsExactly(
            new Violation("", "schema.required", "required property \"a\" is missing"));
    assertThat(type.validatePayload(new JsonObject().put("a", 1))).isEmpty();
  }

  @Test
  void checksSeeOrderItemAndResult() {
    var type =
        checked(
            """
                - code: all_there
                  pointer: /ids
                  message_expression: '"missing: " & $join($map(item.input.ids[$not($ in $$.result.ids)], $string), ",")'
                  expect: $count(item.input.ids[$not($ in $$.result.ids)]) = 0
                - code: right_source
                  message: wrong source
                  expect: result.source = order.payload.source
            """);
    var order = order(new JsonObject().put("source", "crm"));
    var item = item(new JsonObject().put("ids", new JsonArray().add(1).add(2).add(3)));

    assertThat(
            type.validateSubmission(
                order, item, result(new JsonArray().add(1).add(2).add(3), "crm")))
        .isEmpty();
    assertThat(type.validateSubmission(order, item, result(new JsonArray().add(2), "x")))
        .containsExactly(
            new Violation("/ids", "all_there", "missing: 1,3"),
            new Violation("", "right_source", "wrong source"));
    assertThat(type.validateSubmission(order, item, result(new JsonArray(), "crm")))
        .containsExactly(new Violation("/ids", "all_there", "missing: 1,2,3"));
  }

  @Test
  void checksAreNotAskedAboutResultsThatBreakTheSchema() {
    var type =
        checked(
            """
                - code: fails
                  message: never
                  expect: $error("asked")
            """);

    assertThat(
            type.validateSubmission(
                order(new JsonObject()), item(new JsonObject()), new JsonObject().put("ids", 1)))
        .extracting(Violation::code)
        .containsExactly("schema.type");
  }

  @Test
  void checkThatGivesNothingIsNotSatisfied() {
    var type = checked("    - { code: c, message: no, expect: result.missing }\n");

    assertThat(
            type.validateSubmission(
                order(new JsonObject()), item(new JsonObject()), new JsonObject()))
        .containsExactly(new Violation("", "c", "no"));
  }

  @Test
  void checkThatGivesAnythingElseIsTheTypesFailure() {
    var type = checked("    - { code: c, message: no, expect: '\"yes\"' }\n");

    assertThatThrownBy(
            () ->
                type.validateSubmission(
                    order(new JsonObject()), item(new JsonObject()), new JsonObject()))
        .isInstanceOf(TypeFailure.class)
        .hasMessage(
            "type least.type: submission.checks.0.expect: expected true or false, the expression gives"
                + " yes");
  }

  @Test
  void approvalLooksAtAllResultsTogether() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST
                + """
                approval:
                  checks:
                    - { code: total, message: the total is not ten, expect: $sum(items.result.n) = 10 }
                """);

    assertThat(type.canApprove(order(new JsonObject()), List.of(done(4), done(6)))).isEmpty();
    assertThat(type.canApprove(order(new JsonObject()), List.of(done(4), done(5))))
        .containsExactly(new Violation("", "total", "the total is not ten"));
    assertThat(type.canApprove(order(new JsonObject()), List.of(done(10)))).isEmpty();
  }

  @Test
  void rowsAreAlwaysAList() {
    var type =
        TypeTexts.type(
            directory,
            """
            type: sql
            payload: { type: object }
            submission: { schema: { type: object } }
            apply:
              sql:
                steps:
                  - name: s
                    params: { rows: items.result.x, user_rows: items.result.none, one: items.result.x }
                    statement: select :rows, :user_rows, :one
                diff: { before: { value: '{}' }, after: { value: '{}' } }
            """);
    var step = ((ApplySpec.Sql) type.apply()).steps().getFirst();
    var document = new JsonObject("{\"items\":[{\"result\":{\"x\":[{\"id\":1}]}}]}");

    assertThat(step.params().get("rows").evaluate(document))
        .isEqualTo(new JsonArray().add(new JsonObject().put("id", 1)));
    assertThat(step.params().get("user_rows").evaluate(document)).isEqualTo(new JsonArray());
    assertThat(step.params().get("rows").source()).isEqualTo("items.result.x");
  }

  @Test
  void schemasAreSharedAndNobodyCanChangeThem() {
    var type =
        TypeTexts.type(
            directory,
            TypeTexts.LEAST.replace(
                "schema: { type: object }",
                "schema: { type: object, required: [a], properties: { a: { enum: [1, 2] } } }"));
    var schema = type.resultSchema();
    var a = schema.getJsonObject("properties").getJsonObject("a");

    assertThat(type.resultSchema()).isSameAs(schema);
    assertThat(type.payloadSchema()).isSameAs(type.payloadSchema());
    assertThatThrownBy(() -> type.payloadSchema().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> schema.put("type", "array"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> schema.getJsonArray("required").add("b"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> a.remove("enum")).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> a.getJsonArray("enum").set(0, 3))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(schema.copy().put("type", "array").getString("type")).isEqualTo("array");
    assertThat(schema.encode())
        .isEqualTo(
            "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"enum\":[1,2]}}}");
  }

  private DeclarativeType planned(String plan) {
    return TypeTexts.type(directory, TypeTexts.LEAST + "plan: |\n  " + plan + "\n");
  }

  private DeclarativeType checked(String checks) {
    return TypeTexts.type(
        directory,
        TypeTexts.LEAST.replace(
            "  schema: { type: object }\n",
            "  schema: { type: object, properties: { ids: { type: array } } }\n  checks:\n"
                + checks));
  }

  private static OrderView order(JsonObject payload) {
    return TypeTexts.order("least.type", payload);
  }

  private static ItemView item(JsonObject input) {
    return TypeTexts.item(new ItemPlan(null, null, input, null), null);
  }

  private static ItemView done(int n) {
    return TypeTexts.item(
        new ItemPlan(null, null, new JsonObject(), null), new JsonObject().put("n", n));
  }

  private static JsonObject result(JsonArray ids, String source) {
    return new JsonObject().put("ids", ids).put("source", source);
  }
}
