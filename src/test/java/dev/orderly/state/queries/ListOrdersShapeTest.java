package dev.orderly.state.queries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.state.queries.parameters.Resource;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ListOrdersShapeTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final String tenant = UUID.randomUUID().toString();
  private final OrderRows rows = new OrderRows(db, tenant);
  private final Lists lists = new Lists(db, tenant);

  private JsonObject only(String... namesAndValues) {
    var data = lists.data(namesAndValues);
    assertThat(data).hasSize(1);
    return data.getFirst();
  }

  @Test
  void showsEveryFieldButTheDiffAndNothingBeside() {
    rows.order().insert();
    var expected = new ArrayList<>(Resource.WORK_ORDERS.fields());
    expected.remove("diff");

    var order = only();
    assertThat(order.fieldNames()).containsExactlyElementsOf(expected);
    assertThat(order.getJsonObject("payload")).isEqualTo(JsonObject.of("p", 1));
  }

  @Test
  void showsTheDiffIfAskedTo() {
    rows.order().insert();
    assertThat(only("fields[work_orders]", "diff").getJsonObject("diff"))
        .isEqualTo(JsonObject.of("added", 1));
  }

  @Test
  void showsTheNamedFieldsAndAlwaysTheId() {
    rows.order().meta("{\"k\": \"v\"}").insert();

    var order = only("fields[work_orders]", "state,meta", "fields[work_orders]", "type");
    assertThat(order.fieldNames()).containsExactlyInAnyOrder("id", "type", "state", "meta");
    assertThat(order.getJsonObject("meta")).isEqualTo(JsonObject.of("k", "v"));
    assertThat(only("fields[work_orders]", "").fieldNames()).containsExactly("id");
  }

  @Test
  void canShowEachFieldOnItsOwn() {
    var order = rows.order();
    rows.event(order.insert(), null, "proposed", "{}");
    for (var field : Resource.WORK_ORDERS.fields()) {
      assertThat(only("fields[work_orders]", field).fieldNames())
          .containsOnly("id", field)
          .contains(field);
    }
    for (var field : Resource.ITEMS.fields()) {
      assertThat(first(only("include", "items", "fields[items]", field), "items").fieldNames())
          .containsOnly("id", field)
          .contains(field);
    }
    for (var field : Resource.EVENTS.fields()) {
      assertThat(first(only("include", "events", "fields[events]", field), "events").fieldNames())
          .containsOnly("id", field)
          .contains(field);
    }
  }

  @Test
  void includesEachOrdersItemsInTheirOrder() {
    var first = rows.order().items(ItemState.QUEUED, ItemState.SUBMITTED);
    var second = rows.order().items(ItemState.LEASED);
    var third = rows.order().items();
    first.insert();
    second.insert();
    third.insert();

    var data = lists.data("include", "items");
    assertThat(
            data.get(0).getJsonArray("items").stream().map(i -> ((JsonObject) i).getString("id")))
        .containsExactlyElementsOf(first.itemIds().stream().map(UUID::toString).toList());
    assertThat(data.get(0).getJsonArray("items").getJsonObject(1).getString("state"))
        .isEqualTo("submitted");
    assertThat(first(data.get(1), "items").fieldNames())
        .containsExactlyElementsOf(Resource.ITEMS.fields());
    assertThat(data.get(2).getJsonArray("items")).isEqualTo(new JsonArray());
    assertThat(data).noneSatisfy(o -> assertThat(o.containsKey("items_truncated")).isTrue());
  }

  @Test
  void cutsManyItemsAndSaysSo() {
    rows.order().set("type", "just").queuedItems(ListOrders.ITEMS_MAX).insert();
    rows.order().set("type", "more").queuedItems(ListOrders.ITEMS_MAX + 1).insert();

    var just = only("include", "items,itemsCount", "type", "just");
    var more = only("include", "items,itemsCount", "type", "more");
    assertThat(just.getJsonArray("items")).hasSize(ListOrders.ITEMS_MAX);
    assertThat(just.containsKey("items_truncated")).isFalse();
    assertThat(more.getJsonArray("items")).hasSize(ListOrders.ITEMS_MAX);
    assertThat(more.getBoolean("items_truncated")).isTrue();
    assertThat(more.getInteger("items_count")).isEqualTo(ListOrders.ITEMS_MAX + 1);
    assertThat(first(more, "items").getJsonObject("input")).isEqualTo(JsonObject.of("n", 0));
  }

  @Test
  void includesTheLatestEventsNewestFirst() {
    var order = rows.order();
    var id = order.insert();
    var other = rows.order().insert();
    long last = 0;
    for (int i = 0; i < 25; i++) {
      last = rows.event(id, order.itemIds().getFirst(), "leased", "{\"n\": %d}".formatted(i));
      rows.event(other, null, "proposed", "{}");
    }

    var shown = only("include", "events,eventsCount", "id", id.toString());
    var events = shown.getJsonArray("events");
    assertThat(events).hasSize(Related.EVENTS_MAX);
    assertThat(events.getJsonObject(0).getLong("id")).isEqualTo(last);
    assertThat(events.getJsonObject(19).getJsonObject("payload")).isEqualTo(JsonObject.of("n", 5));
    assertThat(shown.getInteger("events_count")).isEqualTo(25);
    assertThat(first(shown, "events").fieldNames())
        .containsExactlyElementsOf(Resource.EVENTS.fields());
  }

  @Test
  void includesTheLatestEventsOfRowsThatManyShare() {
    var order = rows.order().queuedItems(30);
    var id = order.insert();
    rows.events(id, order.itemIds(), EventType.LEASED);
    rows.events(id, order.itemIds().subList(0, 5), EventType.RELEASED);

    var shown = only("include", "events,eventsCount", "id", id.toString());
    assertThat(shown.getJsonArray("events"))
        .extracting(event -> ((JsonObject) event).getString("item_id"))
        .isEqualTo(
            Stream.concat(
                    order.itemIds().subList(0, 5).reversed().stream(),
                    order.itemIds().subList(15, 30).reversed().stream())
                .map(UUID::toString)
                .toList());
    assertThat(shown.getInteger("events_count")).isEqualTo(35);
  }

  @Test
  void includesCountsOnTheirOwn() {
    rows.order().queuedItems(3).insert();

    var order = only("include", "itemsCount", "include", "eventsCount", "fields[work_orders]", "");
    assertThat(order)
        .isEqualTo(JsonObject.of("id", order.getString("id"), "items_count", 3, "events_count", 0));
  }

  @Test
  void leavesOutDocumentsThatNobodyNamed() {
    rows.order().insert();
    var item = first(only("include", "items", "fields[items]", "order_id,input"), "items");
    assertThat(item.fieldNames()).containsExactlyInAnyOrder("id", "order_id", "input");
    assertThat(item.getJsonObject("input")).isEqualTo(JsonObject.of("n", 0));
  }

  @Test
  void givesAnEmptyPageWithEverythingIncluded() {
    var page = lists.page("include", "items,events,itemsCount,eventsCount", "page[number]", "1");
    assertThat(page.getJsonArray("data")).isEmpty();
    assertThat(page.getJsonObject("page").getInteger("total")).isZero();
  }

  private static JsonObject first(JsonObject order, String related) {
    return order.getJsonArray(related).getJsonObject(0);
  }
}
