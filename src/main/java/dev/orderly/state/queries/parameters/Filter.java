package dev.orderly.state.queries.parameters;

import dev.orderly.domain.ItemState;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A condition on orders; a query keeps the orders that meet all of its filters. */
public sealed interface Filter {

  /** The order's attributes that are compared for being the same. */
  enum Exact {
    ID("uuid"),
    STATE("text"),
    TYPE("text"),
    REQUESTED_BY_TYPE("text"),
    REQUESTED_BY_ID("text");

    private final String sqlType;

    Exact(String sqlType) {
      this.sqlType = sqlType;
    }

    /** Also the column's name. */
    public String wire() {
      return name().toLowerCase(Locale.ROOT);
    }

    public String sqlType() {
      return sqlType;
    }
  }

  /**
   * One of these.
   *
   * @param values strings, or UUIDs for the id; at least one
   */
  public record OneOf(Exact attribute, List<?> values) implements Filter {}

  /** Compares; an order that lacks the attribute is not kept, whatever the operator. */
  public record Compare(Attribute attribute, Operator operator, Object value) implements Filter {}

  /** At least one of the order's items is in one of these states. */
  public record ItemsIn(Set<ItemState> states) implements Filter {}

  /**
   * The order's meta contains one of these objects.
   *
   * @param objects as JSON text; at least one
   */
  public record Meta(List<String> objects) implements Filter {}

  /** The order has, or has not, an item that could be checked out now. */
  public record AvailableItems(boolean wanted) implements Filter {}
}
