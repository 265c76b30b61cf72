package dev.orderly.state.queries.parameters;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What a list of orders is asked for.
 *
 * @param size how many orders a page has, at most
 */
public record OrderQuery(
    List<Filter> filters, Sort sort, Set<Include> includes, Fields fields, int size, Start start) {

  /** What is put beside each order. */
  public enum Include {
    ITEMS("items"),
    EVENTS("events"),
    ITEMS_COUNT("itemsCount"),
    EVENTS_COUNT("eventsCount");

    private final String wire;

    Include(String wire) {
      this.wire = wire;
    }

    String wire() {
      return wire;
    }

    static List<String> names() {
      return Arrays.stream(values()).map(Include::wire).toList();
    }

    /**
     * @throws BadParameter if there is no such thing
     */
    static Include parse(String name) {
      return Arrays.stream(values())
          .filter(include -> include.wire.equals(name))
          .findFirst()
          .orElseThrow(() -> BadParameter.unknownName(name, names()));
    }
  }

  /** Where the page begins. */
  public sealed interface Start {
    record First() implements Start {}

    record After(Cursor cursor) implements Start {}

    /** Counted by pages, from 1; the answer then tells how many orders there are. */
    record Numbered(int number) implements Start {}
  }

  /** True if the answer takes several statements, which must see the same moment. */
  public boolean takesSeveralStatements() {
    return start instanceof Start.Numbered || !Set.of(Include.ITEMS_COUNT).containsAll(includes);
  }
}
