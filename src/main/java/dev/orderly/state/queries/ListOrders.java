package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.state.OrderJson;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.queries.parameters.Cursor;
import dev.orderly.state.queries.parameters.OrderQuery;
import dev.orderly.state.queries.parameters.OrderQueryParser;
import dev.orderly.state.queries.parameters.Resource;
import dev.orderly.state.queries.parameters.Sort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;

/** Lists orders: filtered, sorted, in pages, with what else the caller wants beside them. */
public final class ListOrders {
  /** How many items of each order a list shows. */
  static final int ITEMS_MAX = 100;

  private final Reads reads;

  public ListOrders(Pool pool) {
    this.reads = new Reads(pool);
  }

  /**
   * @return {@code data} and {@code page}: size, next (a cursor, or null), has_more, and number and
   *     total if pages are counted
   * @throws Rejected {@code unknown_parameter} or {@code malformed_request}
   */
  public Page run(StateMessages.ListOrders request) {
    var query = OrderQueryParser.parse(request.parameters());
    return query.takesSeveralStatements()
        ? reads.snapshot(client -> read(client, request.tenant(), query))
        : reads.plain(client -> read(client, request.tenant(), query));
  }

  private Page read(SqlClient client, String tenant, OrderQuery query) {
    var rows = rows(client, OrderSql.page(tenant, query));
    boolean hasMore = rows.size() > query.size();
    if (hasMore) {
      rows.removeLast();
    }
    var page =
        new JsonObject()
            .put("size", query.size())
            .put("next", hasMore ? cursor(rows.getLast(), query.sort()) : null)
            .put("has_more", hasMore);
    if (query.start() instanceof OrderQuery.Start.Numbered(int number)) {
      var total = rows(client, OrderSql.count(tenant, query)).getFirst().getLong(0);
      page.put("number", number).put("total", total);
    }
    return new Page(
        new JsonObject().put("data", orders(client, tenant, query, rows)).put("page", page));
  }

  private static JsonArray orders(
      SqlClient client, String tenant, OrderQuery query, List<Row> rows) {
    var orders = new LinkedHashMap<UUID, JsonObject>();
    for (var row : rows) {
      var order = OrderJson.order(row);
      int items = order.getJsonObject("item_counts").getInteger("total");
      query.fields().keep(Resource.WORK_ORDERS, order);
      if (query.includes().contains(OrderQuery.Include.ITEMS_COUNT)) {
        order.put("items_count", items);
      }
      orders.put(row.getUUID("id"), order);
    }
    var related = new Related(client, tenant, query.fields(), orders);
    for (var include : query.includes()) {
      switch (include) {
        case ITEMS -> related.addItems(ITEMS_MAX);
        case EVENTS -> related.addEvents();
        case EVENTS_COUNT -> related.addEventCounts();
        case ITEMS_COUNT -> {
          // Each order's row has it, so it is there already.
        }
      }
    }
    return new JsonArray(new ArrayList<>(orders.values()));
  }

  private static String cursor(Row last, Sort sort) {
    var values = new ArrayList<>();
    for (int i = 0; i < sort.terms().size(); i++) {
      var column = OrderSql.SORT_COLUMN.formatted(i);
      values.add(sort.terms().get(i).attribute().read(last, column));
    }
    return new Cursor(values, last.getUUID("id")).encode(sort);
  }

  private static List<Row> rows(SqlClient client, OrderSql.Statement statement) {
    var rows = new ArrayList<Row>();
    client
        .preparedQuery(statement.sql())
        .execute(statement.parameters())
        .await()
        .forEach(rows::add);
    return rows;
  }
}
