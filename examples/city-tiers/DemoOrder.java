import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** The demo's order as the API tells it. */
final class DemoOrder {
  private static final Set<String> WORK_LEFT = Set.of("queued", "checked_out", "in_progress");
  private static final Set<String> HELD = Set.of("leased", "in_progress");

  private final WorkApi api;
  private final String id;

  DemoOrder(WorkApi api, String id) {
    this.api = api;
    this.id = id;
  }

  String id() {
    return id;
  }

  /** The order as it is now, with its items. */
  JsonNode read() throws InterruptedException {
    return api.get("/orders/" + id).orThrow().path("order");
  }

  JsonNode item(String itemId) throws InterruptedException {
    return api.get("/items/" + itemId).orThrow().path("item");
  }

  /** All events of the order and its items, oldest first. */
  List<JsonNode> events() throws InterruptedException {
    var events = new ArrayList<JsonNode>();
    String path = "/orders/" + id + "/logs?page%5Bsize%5D=100";
    String after = "";
    while (true) {
      JsonNode page = api.get(path + after).orThrow();
      page.path("data").forEach(events::add);
      if (!page.path("page").path("has_more").asBoolean()) {
        // Within one transaction all have the same time; their ids rise.
        events.sort(
            Comparator.comparing(
                    (JsonNode event) -> Instant.parse(event.path("created_at").asText()))
                .thenComparing(event -> event.path("id").asLong())
                .thenComparing(event -> event.path("id").asText()));
        return events;
      }
      after = "&page%5Bafter%5D=" + page.path("page").path("next").asText();
    }
  }

  /** True if an agent may still have something to do for it. */
  static boolean workLeft(JsonNode order) {
    return WORK_LEFT.contains(state(order));
  }

  /** The order's items in the order in which they were planned. */
  static List<JsonNode> items(JsonNode order) {
    var items = new ArrayList<JsonNode>();
    order.path("items").forEach(items::add);
    items.sort(Comparator.comparing(item -> item.path("id").asText())); // ids rise
    return items;
  }

  /** The item's place among them, from 1. */
  static int number(List<JsonNode> items, String itemId) {
    return 1 + items.stream().map(item -> item.path("id").asText()).toList().indexOf(itemId);
  }

  static String state(JsonNode item) {
    return item.path("state").asText();
  }

  static long fence(JsonNode item) {
    return item.path("fence").asLong();
  }

  /** True if some agent has the item on lease. */
  static boolean held(JsonNode item) {
    return HELD.contains(state(item));
  }
}
