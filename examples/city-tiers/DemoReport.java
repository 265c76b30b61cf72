import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLDecoder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** What the demo shows at its end: the diff, the timeline, the table. */
final class DemoReport {
  private static final int CHANGES_SHOWN = 5;
  private static final int ROWS_SHOWN = 12;
  private static final int CHANGE_COLUMNS = 110;

  /** A row of public.city_tiers. */
  record Row(int cityId, String name, String country, long population, String tier) {}

  private DemoReport() {}

  static void printDiff(JsonNode diff) {
    JsonNode changes = diff.path("changes");
    System.out.println("\nThe diff: " + diff.path("summary").asText("(no summary)"));
    for (int i = 0; i < Math.min(CHANGES_SHOWN, changes.size()); i++) {
      String change = changes.get(i).toString();
      boolean fits = change.length() <= CHANGE_COLUMNS;
      System.out.println("  " + (fits ? change : change.substring(0, CHANGE_COLUMNS) + "..."));
    }
    if (changes.size() > CHANGES_SHOWN) {
      System.out.println("  ... and " + (changes.size() - CHANGES_SHOWN) + " more changes");
    }
  }

  /**
   * Prints the order's own events and the killed agent's batch's, or all.
   *
   * @param events the order's and its items', oldest first
   * @param batches the items' numbers by id
   * @param batch the item id of the killed agent's batch
   */
  static void printTimeline(
      List<JsonNode> events, Map<String, Integer> batches, String batch, boolean all) {
    System.out.println("\nThe timeline" + (all ? ":" : ", of other batches only the count:"));
    Instant first = Instant.parse(events.getFirst().path("created_at").asText());
    int others = 0;
    for (JsonNode event : events) {
      String item = event.path("item_id").asText("");
      if (!all && !item.isEmpty() && !item.equals("null") && !item.equals(batch)) {
        others++;
        continue;
      }
      Instant at = Instant.parse(event.path("created_at").asText());
      Integer number = batches.get(item);
      System.out.printf(
          "  %8.3f s  %-10s %-18s %s %s%n",
          Duration.between(first, at).toMillis() / 1000.0,
          number == null ? "order" : "batch #" + number,
          event.path("event").asText(),
          event.path("actor_type").asText(),
          event.path("actor_id").asText(""));
    }
    if (others > 0) {
      System.out.println("  ... and " + others + " events of the other batches");
    }
  }

  static List<Row> readTable(String databaseUrl, String order) throws SQLException {
    String sql =
        "select city_id, name, country, population, tier from public.city_tiers"
            + " where order_id::text = ? order by population desc, city_id";
    var rows = new ArrayList<Row>();
    try (var connection = connect(URI.create(databaseUrl));
        var query = connection.prepareStatement(sql)) {
      query.setString(1, order);
      try (var found = query.executeQuery()) {
        while (found.next()) {
          rows.add(
              new Row(
                  found.getInt(1),
                  found.getString(2),
                  found.getString(3),
                  found.getLong(4),
                  found.getString(5)));
        }
      }
    }
    return rows;
  }

  /** Takes {@code postgresql://user:password@host:port/database}, as {@code psql} does. */
  private static Connection connect(URI url) throws SQLException {
    String[] user = url.getRawUserInfo() == null ? new String[0] : url.getRawUserInfo().split(":");
    var login = new Properties();
    String[] names = {"user", "password"};
    for (int i = 0; i < Math.min(user.length, names.length); i++) {
      login.setProperty(names[i], URLDecoder.decode(user[i].replace("+", "%2B"), UTF_8));
    }
    int port = url.getPort() < 0 ? 5432 : url.getPort();
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d%s".formatted(url.getHost(), port, url.getRawPath()), login);
  }

  static void printTable(List<Row> rows) {
    System.out.println("\nThe table public.city_tiers, " + rows.size() + " rows of this order:");
    System.out.printf(
        "  %8s  %-28s %-7s %11s  %s%n", "city_id", "name", "country", "population", "tier");
    int every = Math.max(1, rows.size() / ROWS_SHOWN);
    for (int i = 0; i < rows.size(); i += every) {
      Row row = rows.get(i);
      System.out.printf(
          "  %8d  %-28s %-7s %11d  %s%n",
          row.cityId(), row.name(), row.country(), row.population(), row.tier());
    }
    var counts = new TreeMap<String, Integer>();
    rows.forEach(row -> counts.merge(row.tier(), 1, Integer::sum));
    System.out.println("  (every " + every + "th row) rows by tier: " + counts);
  }

  /** What is wrong with the table; empty if nothing is. */
  static List<String> faults(List<Row> rows, List<Cities.City> cities) {
    var expected = new LinkedHashMap<Integer, Row>();
    for (Cities.City city : cities) {
      expected.put(
          city.id(),
          new Row(city.id(), city.name(), city.country(), city.population(), city.tier()));
    }
    var faults = new ArrayList<String>();
    for (Row row : rows) {
      Row right = expected.remove(row.cityId());
      if (!row.equals(right)) {
        faults.add("the table has " + row + ", expected " + right);
      }
    }
    expected.values().forEach(row -> faults.add("the table lacks " + row));
    return faults;
  }
}
