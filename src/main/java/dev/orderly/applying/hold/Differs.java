package dev.orderly.applying.hold;

import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** A change is not the one that was approved. An expected outcome, so without a stack trace. */
public final class Differs extends RuntimeException {
  private final transient Diff predicted;
  private final transient Diff actual;

  /**
   * @param predicted null if nothing was
   */
  Differs(Diff predicted, Diff actual) {
    super("the change differs from the approved prediction", null, false, false);
    this.predicted = predicted;
    this.actual = actual;
  }

  /** Both diffs, and the RFC 6902 operations from the one that was approved to the other. */
  public JsonObject payload() {
    return new JsonObject()
        .put("predicted", predicted.toJson())
        .put("actual", actual.toJson())
        .put("differences", differences());
  }

  JsonArray differences() {
    var sides = Diffs.of(sides(predicted), sides(actual), null).changes();
    return sides.isEmpty()
        ? Diffs.of(operations(predicted), operations(actual), null).changes()
        : sides;
  }

  Diff actual() {
    return actual;
  }

  private static JsonObject sides(Diff diff) {
    return new JsonObject().put("before", diff.before()).put("after", diff.after());
  }

  /** Sides that are equal under operations that are not: the target gave them itself. */
  private static JsonObject operations(Diff diff) {
    return new JsonObject().put("changes", diff.changes());
  }
}
