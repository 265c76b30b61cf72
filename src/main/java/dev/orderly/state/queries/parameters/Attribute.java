package dev.orderly.state.queries.parameters;

import dev.orderly.domain.ItemState;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What orders can be sorted by and, but for the number of items, compared with. */
public enum Attribute {
  PRIORITY(Kind.INTEGER, false),
  CREATED_AT(Kind.TIME, false),
  LAST_TRANSITIONED_AT(Kind.TIME, false),
  APPLIED_AT(Kind.TIME, true),
  COMPLETED_AT(Kind.TIME, true),
  REVIEW_ESCALATED_AT(Kind.TIME, true),
  ITEMS_COUNT(Kind.INTEGER, false);

  /** Those that a filter can compare. */
  static final Set<Attribute> COMPARABLE = EnumSet.complementOf(EnumSet.of(ITEMS_COUNT));

  private enum Kind {
    INTEGER,
    TIME
  }

  private final Kind kind;
  private final boolean nullable;

  Attribute(Kind kind, boolean nullable) {
    this.kind = kind;
    this.nullable = nullable;
  }

  public static List<String> names() {
    return Arrays.stream(values()).map(Attribute::wire).toList();
  }

  String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  public boolean nullable() {
    return nullable;
  }

  /** The expression, over an order's row named {@code o}. */
  public String sql() {
    return this == ITEMS_COUNT ? count(EnumSet.allOf(ItemState.class)) : "o." + wire();
  }

  /** How many items of an order named {@code o} are in any of these states. */
  public static String count(Set<ItemState> states) {
    return states.stream()
        .map(state -> "o.items_" + state.wire())
        .collect(Collectors.joining(" + ", "(", ")"));
  }

  public String sqlType() {
    return switch (kind) {
      case INTEGER -> "int";
      case TIME -> "timestamptz";
    };
  }

  /**
   * @throws BadParameter if the text is no such value
   */
  Object parse(String text) {
    return switch (kind) {
      case INTEGER -> Values.integer(text);
      case TIME -> Values.time(text);
    };
  }

  /** The value of a column that holds this attribute, or null. */
  public Object read(Row row, String column) {
    return switch (kind) {
      case INTEGER -> row.getInteger(column);
      case TIME -> row.getOffsetDateTime(column);
    };
  }

  /** What {@link #parse} reads back as the same value; null for null. */
  static String text(Object value) {
    return switch (value) {
      case null -> null;
      case OffsetDateTime time -> time.toInstant().toString();
      default -> value.toString();
    };
  }
}
