package dev.orderly.types.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonataExpressionTest {
  private static final JsonObject DOCUMENT =
      new JsonObject(
          "{\"nothing\":null,\"one\":[{\"a\":1}],\"many\":[1,2,3],\"big\":9007199254740993}");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nothing                                   | null
          missing                                   | null
          null                                      | null
          [nothing, null, missing]                  | [null,null]
          {"a": null, "b": missing, "c": {"d": null}} | {"a":null,"c":{"d":null}}
          one                                       | [{"a":1}]
          one.a                                     | 1
          one.a[]                                   | [1]
          many[$ > 1]                               | [2,3]
          many[$ > 2]                               | 3
          6 / 4                                     | 1.5
          6 / 3                                     | 2
          big                                       | 9007199254740993
          "x" & 1                                   | "x1"
          many = [1, 2, 3]                          | true
          [1..3]                                    | [1,2,3]
          $chunk(many, 2)                           | [[1,2],[3]]
          $chunk(one, 2)                            | [[{"a":1}]]
          $chunk(missing, 2)                        | null
          """)
  void valuesAreJson(String expression, String value) throws Exception {
    var result = JsonataExpression.compile("p", expression).evaluate(DOCUMENT);

    assertThat(new JsonArray().add(result).encode()).isEqualTo("[" + value + "]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          function($x) { $x }             | the value holds a function, expected JSON
          1 / 0                           | Number out of range
          $error("boom")                  | boom
          $chunk(many, 0)                 | $chunk expects a whole size of at least 1, got 0
          "a" + 1                         | The left side of the "+" operator must evaluate to a number
          """)
  void failuresNameThePlaceAndTheCause(String expression, String cause) throws Exception {
    var compiled = JsonataExpression.compile("type a.b: plan", expression);

    assertThatThrownBy(() -> compiled.evaluate(DOCUMENT))
        .isInstanceOf(TypeFailure.class)
        .hasMessageStartingWith("type a.b: plan: ")
        .hasMessageContaining(cause);
  }

  @Test
  void endlessExpressionIsStopped() throws Exception {
    var endless =
        JsonataExpression.compile(
            "p", "($f := function($x) { $f($x) }; $f(1))", Duration.ofMillis(20));

    assertThatThrownBy(() -> endless.evaluate(DOCUMENT))
        .isInstanceOf(TypeFailure.class)
        .hasMessage("p: it took longer than 20 ms");
  }

  @Test
  void deepRecursionIsStoppedOnAVirtualThreadToo() throws Exception {
    var deep = JsonataExpression.compile("p", "($f := function($x) { 1 + $f($x) }; $f(1))");
    var failures = new ArrayList<TypeFailure>();

    var thread =
        Thread.ofVirtual()
            .start(
                () ->
                    failures.add(
                        catchThrowableOfType(TypeFailure.class, () -> deep.evaluate(DOCUMENT))));
    thread.join();

    assertThat(failures).singleElement().asString().contains("levels deep");
  }

  @Test
  void longFlatListsAreNotTakenForDeepOnes() throws Exception {
    var flat =
        JsonataExpression.compile("p", "$count($map([1..5000], function($x) { [$x, $x, $x] }))");

    assertThat(flat.evaluate(DOCUMENT)).isEqualTo(5000);
  }

  @Test
  void documentIsNotChanged() throws Exception {
    var document = DOCUMENT.copy();

    var copy =
        (JsonObject) JsonataExpression.compile("p", "$ ~> |one|{\"a\": null}|").evaluate(document);
    copy.getJsonArray("many").add(4);

    assertThat(document).isEqualTo(DOCUMENT);
  }

  @Test
  void oneExpressionServesManyThreadsAtOnce() throws Exception {
    var shared =
        JsonataExpression.compile(
            "p",
            "($n := n; $add := function($x) { $x + $n }; $sum($map([1..50], $add)) - 50 * $n)");
    var tasks = new ArrayList<Callable<Object>>();
    for (int i = 0; i < 400; i++) {
      var document = new JsonObject().put("n", i);
      tasks.add(() -> shared.evaluate(document));
    }

    var results = new ArrayList<Object>();
    try (var platform = Executors.newFixedThreadPool(4);
        var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var executor : List.of(platform, virtual)) {
        for (var future : executor.invokeAll(tasks)) {
          results.add(future.get());
        }
      }
    }

    assertThat(results).hasSize(800).containsOnly(1275);
  }

  @Test
  void evaluationsDoNotSeeEachOthersVariables() throws Exception {
    // The last one made on this thread, so that the library takes it for the thread's own.
    var shared =
        JsonataExpression.compile("p", "($old := $kept; $kept := n; $s := $sum([1..300]); $old)");
    Callable<List<Object>> many =
        () -> {
          var seen = new ArrayList<Object>();
          for (int i = 0; i < 500; i++) {
            seen.add(shared.evaluate(new JsonObject().put("n", i)));
          }
          return seen;
        };

    var seen = new ArrayList<Object>();
    try (var others = Executors.newFixedThreadPool(2)) {
      var theirs = others.submit(many);
      seen.addAll(many.call());
      seen.addAll(theirs.get());
    }

    assertThat(seen).hasSize(1000).containsOnlyNulls();
  }

  @Test
  void eachEvaluationTellsItsOwnTime() throws Exception {
    var millis = JsonataExpression.compile("p", "$millis()");
    var times = new ArrayList<Long>();

    var thread =
        new Thread(
            () -> {
              times.add((Long) millis.evaluate(DOCUMENT));
              while (System.currentTimeMillis() <= times.getFirst()) {
                Thread.onSpinWait();
              }
              times.add((Long) millis.evaluate(DOCUMENT));
            });
    thread.start();
    thread.join();

    assertThat(times.getLast()).isGreaterThan(times.getFirst());
  }

  @Test
  void variablesDoNotOutliveTheirEvaluation() throws Exception {
    var leaky = JsonataExpression.compile("p", "($old := $kept; $kept := n; $old)");

    leaky.evaluate(new JsonObject().put("n", 1));

    assertThat(leaky.evaluate(new JsonObject().put("n", 2))).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a +                     | 3 | Unexpected end of expression
          foo[                    | 4 | Expected "]" before end of expression
          $upercase("a")          | 0 | there is no function $upercase
          "x" & $lenght(a)        | 6 | there is no function $lenght
          """)
  void malformedTextsAreNamedWithTheirPosition(String text, int position, String cause) {
    var malformed =
        catchThrowableOfType(
            JsonataExpression.Malformed.class, () -> JsonataExpression.compile("p", text));

    assertThat(malformed).hasMessageContaining(cause);
    assertThat(malformed.position()).isEqualTo(position);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          '($f := function($x) { $x }; $f(1))'
          '(function($g) { $g(1) })($string)'
          '"$nope(1)" & ''$nope(2)'' /* $nope(3) */'
          """)
  void definedAndQuotedNamesAreNotUnknown(String text) throws Exception {
    assertThat(JsonataExpression.compile("p", text).source()).isEqualTo(text);
  }
}
