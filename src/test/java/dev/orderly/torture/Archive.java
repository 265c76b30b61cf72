package dev.orderly.torture;

import dev.orderly.torture.History.Event;
import dev.orderly.torture.History.Item;
import dev.orderly.torture.History.Order;
import dev.orderly.torture.History.Outage;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** Reads what a run left: the ledgers and the database. */
final class Archive {
  private static final String MICROS = "(extract(epoch from %s) * 1000000)::bigint";
  private static final String EVENTS =
      """
      select id, order_id, item_id, event, payload->>'from', payload->>'to',
        coalesce((payload->>'fence')::bigint, 0), %s,
        coalesce(%s, 0), coalesce(%s, 0), payload->>'result_sha256'
      from work_events order by id
      """
          .formatted(
              MICROS.formatted("created_at"),
              MICROS.formatted("(payload->>'lease_expires_at')::timestamptz"),
              MICROS.formatted("(payload->>'last_heartbeat_at')::timestamptz"));
  private static final String ITEMS =
      "select id, order_id, state, fence, coalesce(%s, 0), leased_by_agent_id, result::text from work_items_now"
          .formatted(MICROS.formatted("lease_expires_at"));
  private static final String WAITING =
      """
      select count(*) from work_items_now
      where state in ('leased', 'in_progress') or (state = 'queued' and not held)
      """;

  private Archive() {}

  static History read(DatabaseProcess database, List<Path> ledgers, List<Outage> outages)
      throws IOException, SQLException {
    var entries = new ArrayList<Entry>();
    for (var ledger : ledgers) {
      if (Files.exists(ledger)) {
        entries.addAll(Ledger.read(ledger));
      }
    }
    try (var connection = database.connect()) {
      // All of it as of one moment.
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      var events = new ArrayList<Event>();
      each(connection, EVENTS, row -> events.add(event(row)));
      var items = new HashMap<String, Item>();
      each(connection, ITEMS, row -> items.put(row.getString(1), item(row)));
      var orders = new HashMap<String, Order>();
      each(
          connection,
          "select id, payload->>'name', state from work_orders",
          row ->
              orders.put(
                  row.getString(1),
                  new Order(row.getString(1), row.getString(2), row.getString(3))));
      var applied = new HashMap<String, Integer>();
      each(
          connection,
          "select order_id, count(*) from public.%s group by 1".formatted(Workload.TABLE),
          row -> applied.put(row.getString(1), row.getInt(2)));
      var readAt = new long[1];
      each(connection, "select " + MICROS.formatted("now()"), row -> readAt[0] = row.getLong(1));
      return new History(entries, events, items, orders, applied, outages, readAt[0]);
    }
  }

  /** How many items agents could still finish. */
  static long open(DatabaseProcess database) throws IOException, SQLException {
    try (var connection = database.connect()) {
      var count = new long[1];
      each(connection, WAITING, row -> count[0] = row.getLong(1));
      return count[0];
    }
  }

  private static Event event(ResultSet row) throws SQLException {
    return new Event(
        row.getLong(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        row.getLong(7),
        row.getLong(8),
        row.getLong(9),
        row.getLong(10),
        row.getString(11));
  }

  private static Item item(ResultSet row) throws SQLException {
    var result = row.getString(7);
    return new Item(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getLong(4),
        row.getLong(5),
        row.getString(6),
        result == null ? null : new JsonObject(result).encode());
  }

  private interface Reader {
    void read(ResultSet row) throws SQLException;
  }

  private static void each(Connection connection, String sql, Reader reader) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        reader.read(rows);
      }
    }
  }
}
