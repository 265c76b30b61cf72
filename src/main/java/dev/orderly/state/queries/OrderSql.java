package dev.orderly.state.queries;

import dev.orderly.state.queries.parameters.Attribute;
import dev.orderly.state.queries.parameters.Cursor;
import dev.orderly.state.queries.parameters.Filter;
import dev.orderly.state.queries.parameters.Operator;
import dev.orderly.state.queries.parameters.OrderQuery;
import dev.orderly.state.queries.parameters.Resource;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The SQL of a list of orders. Its text is made of our own names only; whatever a caller sent is a
 * parameter.
 */
final class OrderSql {
  /** The column of a page's row that holds the value of the sort's term of that index. */
  static final String SORT_COLUMN = "sort_%d";

  // Available as checkout means it.
  private static final String AVAILABLE_ITEM =
      """
      exists (select 1 from work_queue q where q.order_id = o.id and q.tenant = o.tenant
        and q.available_at <= now())\
      """;

  record Statement(String sql, Tuple parameters) {}

  private final OrderQuery query;
  private final Tuple parameters = Tuple.tuple();
  private final List<String> conditions = new ArrayList<>();

  private OrderSql(String tenant, OrderQuery query) {
    this.query = query;
    conditions.add("o.tenant = " + parameter(tenant, "text"));
    query.filters().forEach(filter -> conditions.add(condition(filter)));
  }

  /** How many orders meet the filters. */
  static Statement count(String tenant, OrderQuery query) {
    var sql = new OrderSql(tenant, query);
    return new Statement(
        "select count(*) from work_orders o where " + String.join(" and ", sql.conditions),
        sql.parameters);
  }

  /**
   * A page's orders in their order, and one more if there are more. Only the ids are sorted: the
   * documents are read for the page alone.
   */
  static Statement page(String tenant, OrderQuery query) {
    var sql = new OrderSql(tenant, query);
    var text =
        """
        select %s, %s from (%s) p join work_orders on work_orders.id = p.page_id
        order by %s
        """
            .formatted(
                query.fields().columns(Resource.WORK_ORDERS),
                sql.sortColumns(),
                sql.ids(),
                sql.ordering());
    return new Statement(text, sql.parameters);
  }

  private String ids() {
    var limit = parameter((long) query.size() + 1, "bigint");
    return switch (query.start()) {
      case OrderQuery.Start.First() -> idsWhere("true", limit);
      case OrderQuery.Start.Numbered(int number) -> {
        var offset = parameter((number - 1L) * query.size(), "bigint");
        yield idsWhere("true", limit) + " offset " + offset;
      }
      case OrderQuery.Start.After(Cursor cursor) -> idsAfter(cursor, limit);
    };
  }

  /**
   * What follows the cursor, as one range for each length of what is equal to it: (a = and b = and
   * id after), (a = and b after), (a after). The ranges do not overlap and an index serves each,
   * which it could not for one condition joined by "or" when directions are mixed.
   */
  private String idsAfter(Cursor cursor, String limit) {
    var ranges = new ArrayList<String>();
    var equal = new ArrayList<String>();
    for (int i = 0; i < query.sort().terms().size(); i++) {
      var term = query.sort().terms().get(i);
      var value = cursor.values().get(i);
      var expression = term.attribute().sql();
      if (value == null) {
        // Nothing comes after those that lack it but others that lack it.
        equal.add(expression + " is null");
        continue;
      }
      var bound = parameter(value, term.attribute().sqlType());
      var after = "%s %s %s".formatted(expression, term.descending() ? "<" : ">", bound);
      if (term.attribute().nullable()) {
        after = "(%s or %s is null)".formatted(after, expression);
      }
      ranges.add(and(equal, after));
      equal.add("%s = %s".formatted(expression, bound));
    }
    var id = parameter(cursor.id(), "uuid");
    ranges.add(and(equal, "o.id %s %s".formatted(query.sort().idDescending() ? "<" : ">", id)));
    return ranges.stream()
        .map(range -> "(%s)".formatted(idsWhere(range, limit)))
        .collect(
            Collectors.joining(
                " union all ",
                "select * from (",
                ") r order by %s limit %s".formatted(ordering(), limit)));
  }

  private static String and(List<String> equal, String last) {
    var all = new ArrayList<>(equal);
    all.add(last);
    return String.join(" and ", all);
  }

  private String idsWhere(String range, String limit) {
    var columns = new StringBuilder("o.id as page_id");
    for (int i = 0; i < query.sort().terms().size(); i++) {
      columns
          .append(", ")
          .append(query.sort().terms().get(i).attribute().sql())
          .append(" as ")
          .append(SORT_COLUMN.formatted(i));
    }
    return "select %s from work_orders o where %s and %s order by %s limit %s"
        .formatted(columns, String.join(" and ", conditions), range, ordering(), limit);
  }

  private String sortColumns() {
    var columns = new ArrayList<String>();
    for (int i = 0; i < query.sort().terms().size(); i++) {
      columns.add("p." + SORT_COLUMN.formatted(i));
    }
    return String.join(", ", columns);
  }

  private String ordering() {
    var columns = new ArrayList<String>();
    for (int i = 0; i < query.sort().terms().size(); i++) {
      var term = query.sort().terms().get(i);
      var direction =
          term.descending()
              // An index is of use only if the order is just its own, so only where it matters.
              ? term.attribute().nullable() ? " desc nulls last" : " desc"
              : "";
      columns.add(SORT_COLUMN.formatted(i) + direction);
    }
    columns.add(query.sort().idDescending() ? "page_id desc" : "page_id");
    return String.join(", ", columns);
  }

  private String condition(Filter filter) {
    return switch (filter) {
      case Filter.OneOf(Filter.Exact attribute, List<?> values) -> oneOf(attribute, values);
      case Filter.Compare(Attribute attribute, Operator operator, Object value) ->
          "%s %s %s"
              .formatted(attribute.sql(), operator.sign(), parameter(value, attribute.sqlType()));
      // The counts change in the transaction that moves the items, so they are as good.
      case Filter.ItemsIn(var states) -> Attribute.count(states) + " > 0";
      case Filter.Meta(List<String> objects) ->
          objects.stream()
              .map(object -> "o.meta @> %s::jsonb".formatted(parameter(object, "text")))
              .collect(Collectors.joining(" or ", "(", ")"));
      case Filter.AvailableItems(boolean wanted) ->
          wanted ? AVAILABLE_ITEM : "not " + AVAILABLE_ITEM;
    };
  }

  private String oneOf(Filter.Exact attribute, List<?> values) {
    var column = "o." + attribute.wire();
    if (values.size() == 1) {
      // Unlike a list of one, equality keeps an index's order.
      return "%s = %s".formatted(column, parameter(values.getFirst(), attribute.sqlType()));
    }
    Object array =
        switch (attribute) {
          case ID -> values.toArray(UUID[]::new);
          case STATE, TYPE, REQUESTED_BY_TYPE, REQUESTED_BY_ID -> values.toArray(String[]::new);
        };
    return "%s = any(%s)".formatted(column, parameter(array, attribute.sqlType() + "[]"));
  }

  private String parameter(Object value, String sqlType) {
    parameters.addValue(value);
    return "$%d::%s".formatted(parameters.size(), sqlType);
  }
}
