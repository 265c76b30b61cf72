package dev.orderly.applying.preview;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.applying.hold.Expected;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** When a change is what was approved. */
class ExpectedTest {
  private static Diff diff(String before, String after) {
    return Diffs.of(new JsonObject(before), new JsonObject(after), null);
  }

  private static boolean allows(Diff predicted, Diff actual) {
    // As it comes back from the database.
    var stored = Diff.of(new JsonObject(predicted.toJson().encode()));
    return new Expected(stored, false, false).allows(actual);
  }

  @Test
  void takesTheSameChangeWhateverTheOrderOfItsNames() {
    assertThat(
            allows(
                diff("{}", "{\"a\": {\"x\": 1, \"y\": 2.50}, \"b\": 1e3}"),
                diff("{}", "{\"b\": 1000, \"a\": {\"y\": 2.5, \"x\": 1.0}}")))
        .isTrue();
  }

  @Test
  void leavesTheSummaryAside() {
    var change = new JsonObject().put("n", 1);
    assertThat(
            allows(
                Diffs.of(new JsonObject(), change, "one"),
                Diffs.of(new JsonObject(), change, "another")))
        .isTrue();
  }

  @Test
  void refusesAnotherValueOnEitherSideAndAnotherOrderOfAList() {
    assertThat(allows(diff("{}", "{\"n\": 1}"), diff("{}", "{\"n\": \"1\"}"))).isFalse();
    assertThat(allows(diff("{\"m\": 1}", "{\"n\": 1}"), diff("{}", "{\"n\": 1}"))).isFalse();
    assertThat(allows(diff("{}", "{\"n\": null}"), diff("{}", "{}"))).isFalse();
    assertThat(allows(diff("{}", "{\"l\": [1, 2]}"), diff("{}", "{\"l\": [2, 1]}"))).isFalse();
  }

  @Test
  void refusesOtherOperationsThatATargetGave() {
    var same = diff("{}", "{}");
    var operation = new JsonObject().put("op", "remove").put("path", "/a");
    var told = new Diff(same.before(), same.after(), new JsonArray().add(operation), "x");
    assertThat(allows(same, told)).isFalse();
    assertThat(Expected.digest(same)).isNotEqualTo(Expected.digest(told));
  }

  @Test
  void takesAnythingWhereNothingWasApproved() {
    assertThat(Expected.ANYTHING.allows(diff("{}", "{\"n\": 1}"))).isTrue();
  }
}
