package dev.orderly.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.flipkart.zjsonpatch.JsonPatch;
import dev.orderly.types.json.PlainJson;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiffsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {} | {"a":1,"b":{"c":[null,true,1.5]}}
          {"a":1,"x/y~z":2} | {"a":2}
          {"1":{"tier":"small"},"2":{"tier":"large"}} | {"1":{"tier":"large"},"2":{"tier":"large"}}
          [1,2,3] | [0,1,3]
          [] | [{"a":12345678901234}]
          {"a":[1]} | [1]
          """)
  void changesLeadFromBeforeToAfter(String before, String after) throws Exception {
    var mapper = new ObjectMapper();

    var diff = Diffs.of(json(before), json(after), null);

    var patched =
        JsonPatch.apply(mapper.readTree(diff.changes().encode()), mapper.readTree(before));
    assertThat(patched).isEqualTo(mapper.readTree(after));
  }

  @Test
  void changesAreJsonPatchOperations() {
    var diff = Diffs.of(new JsonObject().put("a", 0), new JsonObject().put("a", 3), "Synced");

    assertThat(diff.changes())
        .isEqualTo(
            new JsonArray()
                .add(new JsonObject().put("op", "replace").put("path", "/a").put("value", 3)));
    assertThat(diff.summary()).isEqualTo("Synced");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {} | {} | No changes
          {} | {"a":1} | 1 change
          {} | {"a":1,"b":2} | 2 changes
          """)
  void summaryCountsTheChangesByDefault(String before, String after, String summary) {
    assertThat(Diffs.of(json(before), json(after), null).summary()).isEqualTo(summary);
  }

  @Test
  void plainMapsAndListsAreJsonToo() {
    var diff = Diffs.of(Map.of(), Map.of("a", List.of(1)), null);

    assertThat(diff.after()).isEqualTo(new JsonObject().put("a", new JsonArray().add(1)));
  }

  @Test
  void sidesMustBeObjectsOrArrays() {
    assertThatThrownBy(() -> Diffs.of(new JsonObject(), "text", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected a JSON object or array as the diff's after side, found text");
  }

  private static Object json(String text) {
    return text.startsWith("[") ? new JsonArray(text) : new JsonObject(text);
  }

  @Test
  void listsThatAreTooLongToCompareAreReplacedAndNothingElse() {
    var list = new JsonArray();
    for (int i = 0; i < 5_001; i++) {
      list.add(i);
    }
    var longer = list.copy().add("more");
    var before =
        new JsonObject()
            .put("kept", 1)
            .put("same", list)
            .put("a/b", new JsonObject().put("list", list))
            .put("text", "x");
    var after =
        new JsonObject()
            .put("kept", 1)
            .put("same", list.copy())
            .put("a/b", new JsonObject().put("list", longer))
            .put("text", "y");

    assertThat(Diffs.of(before, before.copy(), null).changes()).isEmpty();
    assertThat(Diffs.of(before, after, null).changes())
        .containsExactly(
            new JsonObject().put("op", "replace").put("path", "/a~1b/list").put("value", longer),
            new JsonObject().put("op", "replace").put("path", "/text").put("value", "y"));
    assertThat(Diffs.of(list, longer, null).changes())
        .containsExactly(
            new JsonObject().put("op", "replace").put("path", "").put("value", longer));
  }

  @Test
  void equalNumbersAreNoChangeWhateverTheirTypes() {
    var before =
        new JsonArray()
            .add(1)
            .add(1L)
            .add(1.0)
            .add(1.5)
            .add(new BigDecimal("1.50"))
            .add(1e20)
            .add(0)
            .add(12345678901L);
    var after =
        new JsonArray()
            .add(1.0)
            .add(1)
            .add(new BigDecimal("1.000"))
            .add(1.5f)
            .add(1.5)
            .add(new BigInteger("100000000000000000000"))
            .add(-0.0)
            .add(12345678901.0);

    assertThat(Diffs.of(before, after, null).changes()).isEmpty();
    assertThat(Diffs.of(before, new JsonArray().add(1).add(1), null).changes()).isNotEmpty();
  }

  /** Keys as RFC 6901 escapes them, null against nothing, texts against numbers and the like. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"a/b":1,"~":2,"~1":3,"":4," ":5} | {"a/b":2,"~":3,"~1":4,"":5," ":6}
          {"a":null} | {}
          {} | {"a":null}
          {"a":null,"b":1} | {"a":1,"b":null}
          {"a":{"b":1}} | {"a":[1]}
          {"a":"1"} | {"a":1}
          {"a":true} | {"a":"true"}
          {"é":"ü","\uD83D\uDE00":"\uD83D\uDE01"} | {"é":"u","\uD83D\uDE00":"\uD83D\uDE02"}
          {"0":1,"-":2} | {"0":2,"-":3}
          [[],[[]],{}] | [[[]],[],[]]
          [null,null,1] | [null,1,null]
          [1,1,2,1] | [1,2,1,1,2]
          [0.1,1e300] | [0.2,1e301]
          {"a":[{"b":[{"c":1}]}]} | {"a":[{"b":[{"c":2},{"c":1}]}]}
          """)
  void everyKindOfChangeLeadsFromBeforeToAfter(String before, String after) {
    assertLeads(json(before), json(after));
  }

  @Test
  void changesLeadFromAnyDocumentToAnyOther() {
    var random = new Random(11);
    for (int n = 0; n < 3_000; n++) {
      var before = container(random, 4);
      var after = random.nextInt(4) == 0 ? container(random, 4) : mutated(random, before);
      assertLeads(before, after);
      assertThat(Diffs.of(before, PlainJson.json(before), null).changes()).isEmpty();
    }
  }

  private static void assertLeads(Object before, Object after) {
    var changes = Diffs.of(before, after, null).changes();
    // As it is stored and sent.
    var sent = new JsonArray(changes.encode());
    assertThat(Patches.apply(before, sent)).as("%s by %s", before, changes).isEqualTo(after);
    assertThat(sent.stream().map(change -> ((JsonObject) change).getString("op")))
        .isSubsetOf("add", "remove", "replace");
  }

  private static final String[] KEYS = {"a", "b", "", "a/b", "~0", "~1", "é", "0", "-", "a b"};

  private static Object container(Random random, int depth) {
    int size = random.nextInt(5);
    if (random.nextBoolean()) {
      var object = new JsonObject();
      for (int i = 0; i < size; i++) {
        object.put(KEYS[random.nextInt(KEYS.length)], value(random, depth - 1));
      }
      return object;
    }
    var array = new JsonArray();
    for (int i = 0; i < size; i++) {
      array.add(value(random, depth - 1));
    }
    return array;
  }

  private static Object value(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 10 : 6)) {
      case 0 -> null;
      case 1 -> random.nextInt(3);
      case 2 -> random.nextBoolean();
      case 3 -> random.nextInt(4) / 2.0 + 0.25;
      case 4 -> List.of("", "x", "é", "😀", "1").get(random.nextInt(5));
      case 5 -> 10_000_000_000L + random.nextInt(2);
      default -> container(random, depth);
    };
  }

  private static Object mutated(Random random, Object value) {
    return switch (value) {
      case JsonObject object -> {
        var copy = new JsonObject();
        object.forEach(
            entry -> {
              if (random.nextInt(6) > 0) {
                copy.put(entry.getKey(), mutated(random, entry.getValue()));
              }
            });
        if (random.nextInt(3) == 0) {
          copy.put(KEYS[random.nextInt(KEYS.length)], value(random, 2));
        }
        yield copy;
      }
      case JsonArray array -> {
        var copy = new JsonArray();
        for (var child : array) {
          if (random.nextInt(6) == 0) {
            copy.add(value(random, 2));
          }
          if (random.nextInt(6) > 0) {
            copy.add(mutated(random, child));
          }
        }
        yield copy;
      }
      case null -> random.nextInt(5) == 0 ? value(random, 1) : null;
      default -> random.nextInt(5) == 0 ? value(random, 1) : value;
    };
  }
}
