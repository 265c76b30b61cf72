package dev.orderly.state.queries.parameters;

import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.StateMessages.Page;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.function.Function;

/**
 * What lists in pages have in common: the size, the cursor of the page before, and the answer.
 *
 * @param size how many rows a page has at most
 * @param after the cursor of the page before, or null for the first
 */
public record Paged(int size, String after) {
  private static final String AFTER = "page[after]";
  private static final String SIZE = "page[size]";

  /** Tells from a cursor's content where its page ended. */
  public interface Place<T> {
    /**
     * @return null if the cursor is not one of this list's
     */
    T of(JsonObject content);
  }

  /**
   * @throws Rejected {@code malformed_request} if the size is out of range
   */
  public Paged atMost(int sizeMax) {
    if (size < 1 || size > sizeMax) {
      throw refused(
          SIZE, BadParameter.malformed("must be a whole number from 1 to %d".formatted(sizeMax)));
    }
    return this;
  }

  /**
   * Where the page before ended.
   *
   * @param start if there is none
   * @throws Rejected {@code malformed_request} if the cursor is not this list's
   */
  public <T> T place(T start, Place<T> place) {
    if (after == null) {
      return start;
    }
    try {
      var found = place.of(Opaque.decode(after));
      if (found == null) {
        throw Opaque.notOurs();
      }
      return found;
    } catch (BadParameter e) {
      throw refused(AFTER, e);
    }
  }

  /**
   * The answer.
   *
   * @param found one row more than the page has, if there are more
   * @param cursor of a row, for the page after it
   */
  public Page of(
      Iterable<Row> found, Function<Row, JsonObject> json, Function<Row, JsonObject> cursor) {
    var data = new JsonArray();
    Row last = null;
    boolean more = false;
    for (Row row : found) {
      if (data.size() == size) {
        more = true;
        break;
      }
      data.add(json.apply(row));
      last = row;
    }
    return new Page(
        new JsonObject().put("data", data).put("page", page(more ? cursor.apply(last) : null)));
  }

  /**
   * The answer's {@code page}.
   *
   * @param next the cursor's content for the page after this one; null if there is none
   */
  public JsonObject page(JsonObject next) {
    return new JsonObject()
        .put("size", size)
        .put("next", next == null ? null : Opaque.encode(next))
        .put("has_more", next != null);
  }

  private static Rejected refused(String parameter, BadParameter bad) {
    return new Rejected(
        bad.code(),
        "'%s': %s".formatted(parameter, bad.getMessage()),
        List.<Violation>of(bad.of(parameter)),
        List.of());
  }
}
