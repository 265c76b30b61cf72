package dev.orderly.state.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.StateMessages;
import dev.orderly.state.queries.parameters.Resource;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LogsTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final String tenant = UUID.randomUUID().toString();
  private final OrderRows rows = new OrderRows(db, tenant);

  private JsonObject ofItem(UUID id, String after, int size) {
    return run(new StateMessages.Logs(tenant, id, null, after, size));
  }

  private JsonObject ofOrder(UUID id, String after, int size) {
    return run(new StateMessages.Logs(tenant, null, id, after, size));
  }

  private static JsonObject run(StateMessages.Logs request) {
    return db.run(() -> new Logs(db.pool()).run(request)).body();
  }

  private static List<Long> ids(JsonObject page) {
    return page.getJsonArray("data").stream().map(e -> ((JsonObject) e).getLong("id")).toList();
  }

  private static String next(JsonObject page) {
    return page.getJsonObject("page").getString("next");
  }

  @Test
  void givesAnItemsOwnEventsAndItsOrdersNewestFirst() {
    var order = rows.order().items(ItemState.QUEUED, ItemState.QUEUED);
    var id = order.insert();
    var item = order.itemIds().get(0);
    var proposed = rows.event(id, null, "proposed", "{\"a\": 1}");
    var leased = rows.event(id, item, "leased", "{}");
    var othersItem = rows.event(id, order.itemIds().get(1), "leased", "{}");
    var checkedOut = rows.event(id, null, "checked_out", "{}");
    rows.event(rows.order().insert(), null, "proposed", "{}");

    var page = ofItem(item, null, 50);
    assertThat(ids(page)).containsExactly(checkedOut, leased, proposed);
    assertThat(page.getJsonObject("page"))
        .isEqualTo(
            new JsonObject().put("size", 50).put("next", (String) null).put("has_more", false));
    var last = page.getJsonArray("data").getJsonObject(2);
    assertThat(last.fieldNames()).containsExactlyElementsOf(Resource.EVENTS.fields());
    assertThat(last.getString("item_id")).isNull();
    assertThat(last.getJsonObject("payload")).isEqualTo(JsonObject.of("a", 1));
    assertThat(ids(ofOrder(id, null, 50)))
        .containsExactly(checkedOut, othersItem, leased, proposed);
  }

  @Test
  void givesEveryEventOnceWhileOthersAreAppended() {
    var order = rows.order();
    var id = order.insert();
    var item = order.itemIds().getFirst();
    var all = new ArrayList<Long>();
    for (int i = 0; i < 11; i++) {
      all.add(rows.event(id, i % 3 == 0 ? null : item, "leased", "{}"));
    }
    for (boolean ofItem : new boolean[] {true, false}) {
      var seen = new ArrayList<Long>();
      String cursor = null;
      do {
        var page = ofItem ? ofItem(item, cursor, 2) : ofOrder(id, cursor, 2);
        assertThat(ids(page)).isNotEmpty().hasSizeLessThanOrEqualTo(2);
        seen.addAll(ids(page));
        cursor = next(page);
        assertThat(page.getJsonObject("page").getBoolean("has_more")).isEqualTo(cursor != null);
        if (cursor != null) {
          rows.event(id, item, "released", "{}");
        }
      } while (cursor != null);
      assertThat(seen).doesNotHaveDuplicates().containsSubsequence(all.reversed());
    }
  }

  @Test
  void givesEveryEventOfRowsThatManyShare() {
    var order = rows.order().queuedItems(70);
    var id = order.insert();
    rows.events(id, order.itemIds(), EventType.LEASED);
    rows.event(id, null, "checked_out", "{}");
    rows.events(id, order.itemIds().reversed(), EventType.RELEASED);

    var all = new ArrayList<JsonObject>();
    String cursor = null;
    do {
      var page = ofOrder(id, cursor, 9);
      page.getJsonArray("data").forEach(event -> all.add((JsonObject) event));
      cursor = next(page);
    } while (cursor != null);

    var told =
        all.reversed().stream()
            .map(event -> event.getString("event") + " " + event.getString("item_id"))
            .toList();
    var expected = new ArrayList<String>();
    order.itemIds().forEach(item -> expected.add("leased " + item));
    expected.add("checked_out null");
    order.itemIds().reversed().forEach(item -> expected.add("released " + item));
    assertThat(told).isEqualTo(expected);

    for (int n : new int[] {0, 3, 69}) {
      for (int size : new int[] {1, 2, 3}) {
        assertThat(eventsOfItem(order.itemIds().get(n), size))
            .as("item %d, %d a page", n, size)
            .containsExactly("released", "checked_out", "leased");
      }
    }
  }

  private List<String> eventsOfItem(UUID item, int size) {
    var events = new ArrayList<String>();
    String cursor = null;
    do {
      var page = ofItem(item, cursor, size);
      page.getJsonArray("data")
          .forEach(event -> events.add(((JsonObject) event).getString("event")));
      cursor = next(page);
    } while (cursor != null);
    return events;
  }

  @Test
  void knowsTheOrderOfAnItemThatIsGoneFromARowThatManyShare() {
    var order = rows.order().queuedItems(5);
    var id = order.insert();
    rows.events(id, order.itemIds(), EventType.LEASED);
    db.execute("delete from work_orders where id = $1", id);

    for (var item : order.itemIds()) {
      assertThat(ofItem(item, null, 10).getJsonArray("data"))
          .extracting(event -> ((JsonObject) event).getString("item_id"))
          .containsExactly(item.toString());
    }
  }

  @Test
  void outlivesWhatItTellsOf() {
    var order = rows.order();
    var id = order.insert();
    var item = order.itemIds().getFirst();
    var event = rows.event(id, item, "leased", "{}");
    db.execute("delete from work_orders where id = $1", id);

    assertThat(ids(ofOrder(id, null, 10))).containsExactly(event);
    assertThat(ids(ofItem(item, null, 10))).containsExactly(event);
  }

  @Test
  void givesNothingForAnOrderWithoutEvents() {
    var order = rows.order();
    assertThat(ids(ofOrder(order.insert(), null, 10))).isEmpty();
    assertThat(ids(ofItem(order.itemIds().getFirst(), null, 10))).isEmpty();
  }

  @Test
  void knowsNothingOfWhatIsUnknownOrAnotherTenants() {
    var order = rows.order();
    var id = order.insert();
    rows.event(id, order.itemIds().getFirst(), "leased", "{}");
    var item = order.itemIds().getFirst();

    for (var request :
        List.of(
            new StateMessages.Logs(tenant, id, null, null, 10),
            new StateMessages.Logs(tenant, null, item, null, 10),
            new StateMessages.Logs("other", item, null, null, 10),
            new StateMessages.Logs("other", null, id, null, 10))) {
      assertThat(refusal(request).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }
  }

  @Test
  void refusesSizesAndCursorsThatAreNotIts() {
    var order = rows.order();
    var id = order.insert();
    rows.event(id, null, "proposed", "{}");
    rows.event(id, null, "planned", "{}");
    var cursor = next(ofOrder(id, null, 1));

    for (int size : new int[] {0, -1, 101}) {
      var rejected = refusal(new StateMessages.Logs(tenant, null, id, null, size));
      assertThat(rejected.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
      assertThat(rejected.errors()).extracting(Violation::pointer).containsExactly("page[size]");
      assertThat(rejected.detail()).contains("from 1 to 100");
    }
    var otherList = new StateMessages.Logs(tenant, order.itemIds().getFirst(), null, cursor, 1);
    var noCursor = new StateMessages.Logs(tenant, null, id, "?", 1);
    for (var request : List.of(otherList, noCursor)) {
      var rejected = refusal(request);
      assertThat(rejected.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
      assertThat(rejected.errors()).extracting(Violation::pointer).containsExactly("page[after]");
    }
    assertThat(ids(ofOrder(id, cursor, 100))).hasSize(1);
  }

  private static Rejected refusal(StateMessages.Logs request) {
    var rejected = catchThrowableOfType(Rejected.class, () -> run(request));
    assertThat(rejected).isNotNull();
    return rejected;
  }
}
