package dev.orderly.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.flipkart.zjsonpatch.JsonPatch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
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
  void listsThatAreTooLongToCompareAreReplacedWithTheWholeDocument() {
    var list = new JsonArray();
    for (int i = 0; i < 5_001; i++) {
      list.add(i);
    }
    var before = new JsonObject().put("kept", 1).put("list", list);
    var after = new JsonObject().put("kept", 1).put("list", list.copy().add("more"));

    assertThat(Diffs.of(before, before.copy(), null).changes()).isEmpty();
    assertThat(Diffs.of(before, after, null).changes())
        .isEqualTo(
            new JsonArray()
                .add(new JsonObject().put("op", "replace").put("path", "").put("value", after)));
  }
}
