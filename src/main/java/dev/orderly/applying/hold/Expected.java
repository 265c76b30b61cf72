package dev.orderly.applying.hold;

import dev.orderly.domain.Sha256;
import dev.orderly.types.Diff;
import dev.orderly.types.json.PlainJson;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a change must come out as, since its approval was given for that.
 *
 * @param diff the approved prediction; null if whatever comes out is taken
 * @param dryRun whether its target is asked once more, right before it makes the change
 * @param effectBegun whether the target may have made the change already
 */
public record Expected(Diff diff, boolean dryRun, boolean effectBegun) {

  /** Whatever comes out is taken. */
  public static final Expected ANYTHING = new Expected(null, false, false);

  /** True if something is expected at all. */
  public boolean holds() {
    return diff != null;
  }

  /** True if the target is to be asked for a prediction before it is asked for the change. */
  public boolean asksFirst() {
    return holds() && dryRun && !effectBegun;
  }

  /** True if the change is what was approved; its summary does not matter. */
  public boolean allows(Diff actual) {
    return diff == null
        || canonical(diff.before()).equals(canonical(actual.before()))
            && canonical(diff.after()).equals(canonical(actual.after()))
            && operations(diff).equals(operations(actual));
  }

  /**
   * @throws Differs unless the change is what was approved
   */
  public void require(Diff actual) {
    if (!allows(actual)) {
      throw new Differs(diff, actual);
    }
  }

  /** Their order follows that of names in an object, which has no meaning. */
  private static JsonArray operations(Diff diff) {
    return new JsonArray(
        diff.changes().stream().map(Expected::canonical).sorted().map(Object.class::cast).toList());
  }

  /** Both sides as the database would give them back. */
  private static String canonical(Object value) {
    var json = Json.decodeValue(Json.encode(value));
    return PlainJson.canonical(new JsonArray().add(json));
  }

  /** Names a diff by what it says, whatever its summary. */
  public static String digest(Diff diff) {
    return Sha256.hex(
        PlainJson.canonical(
            new JsonObject()
                .put("before", diff.before())
                .put("after", diff.after())
                .put("changes", operations(diff))));
  }
}
