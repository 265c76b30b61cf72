package dev.orderly.state.queries.parameters;

import dev.orderly.domain.Quoted;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * Where a page of orders ended: the last order's sort values and id. The next page begins after
 * them, whatever was inserted or removed meanwhile.
 *
 * @param values one for each of the sort's terms; null where the order has none
 */
public record Cursor(List<Object> values, UUID id) {
  private static final String SORT = "s";
  private static final String VALUES = "v";
  private static final String ID = "id";

  public Cursor {
    // List.copyOf refuses nulls.
    values = Collections.unmodifiableList(new ArrayList<>(values));
  }

  public String encode(Sort sort) {
    var texts = new JsonArray();
    values.forEach(value -> texts.add(Attribute.text(value)));
    return Opaque.encode(
        new JsonObject().put(SORT, sort.text()).put(VALUES, texts).put(ID, id.toString()));
  }

  /**
   * @param sort what the list is sorted by now
   * @throws BadParameter if it is no cursor, or one of a list sorted otherwise
   */
  static Cursor decode(String text, Sort sort) {
    var content = Opaque.decode(text);
    if (!(content.getValue(SORT) instanceof String sortedBy)
        || !(content.getValue(VALUES) instanceof JsonArray texts)
        || !(content.getValue(ID) instanceof String id)) {
      throw Opaque.notOurs();
    }
    if (!sortedBy.equals(sort.text())) {
      throw BadParameter.malformed(
          "belongs to a list sorted by %s, not by %s".formatted(Quoted.of(sortedBy), sort.text()));
    }
    if (texts.size() != sort.terms().size()) {
      throw Opaque.notOurs();
    }
    var values = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      values.add(value(sort.terms().get(i).attribute(), texts.getValue(i)));
    }
    return new Cursor(values, Values.uuid(id));
  }

  private static Object value(Attribute attribute, Object text) {
    if (text == null && attribute.nullable()) {
      return null;
    }
    if (text instanceof String string) {
      return attribute.parse(string);
    }
    throw Opaque.notOurs();
  }
}
