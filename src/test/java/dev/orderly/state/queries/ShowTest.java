package dev.orderly.state.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.state.StateMessages;
import dev.orderly.state.queries.parameters.Resource;
import dev.orderly.storage.Database;
import dev.orderly.storage.DatabaseAddress;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ShowTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private final String tenant = UUID.randomUUID().toString();
  private final OrderRows rows = new OrderRows(db, tenant);

  private JsonObject order(String tenant, UUID id) {
    return db.run(() -> new ShowOrder(db.pool()).run(new StateMessages.ShowOrder(tenant, id)))
        .body()
        .getJsonObject("order");
  }

  private JsonObject item(String tenant, UUID id) {
    return db.run(() -> new ShowItem(db.pool()).run(new StateMessages.ShowItem(tenant, id)))
        .body()
        .getJsonObject("item");
  }

  @Test
  void showsAnOrderWithItsItemsAndLatestEvents() {
    var order = rows.order().items(ItemState.SUBMITTED, ItemState.QUEUED, ItemState.FAILED);
    var id = order.insert();
    var events = new ArrayList<Long>();
    for (int i = 0; i < 22; i++) {
      events.add(rows.event(id, null, "proposed", "{}"));
    }

    var shown = order(tenant, id);
    var expected = new ArrayList<>(Resource.WORK_ORDERS.fields());
    expected.addAll(
        List.of(
            "digest",
            "approvals",
            "items",
            "events",
            "provenance",
            "follows_order_id",
            "follow_ups"));
    assertThat(shown.fieldNames()).containsExactlyElementsOf(expected);
    assertThat(shown.getJsonObject("diff")).isEqualTo(JsonObject.of("added", 1));
    assertThat(shown.getJsonArray("items").stream().map(i -> ((JsonObject) i).getString("id")))
        .containsExactlyElementsOf(order.itemIds().stream().map(UUID::toString).toList());
    assertThat(shown.getJsonArray("items").getJsonObject(0).getJsonObject("result"))
        .isEqualTo(JsonObject.of("r", 1));
    assertThat(shown.getJsonArray("events").stream().map(e -> ((JsonObject) e).getLong("id")))
        .containsExactlyElementsOf(events.reversed().subList(0, 20));
  }

  @Test
  void cutsItemsPastTheLimitAndSaysSo() {
    var order = rows.order();
    var id = order.insert();
    db.execute(
        """
        insert into work_items (id, tenant, order_id, order_type, type_version, position, type, state,
          priority, input, max_attempts, available_at, created_at, updated_at)
        select gen_random_uuid(), tenant, order_id, order_type, type_version, n, type, state,
          priority, input, max_attempts, available_at, created_at, updated_at
        from work_items_now, generate_series(1, $2::int - 1) n where order_id = $1
        """,
        id,
        ShowOrder.ITEMS_MAX);
    assertThat(order(tenant, id).getJsonArray("items")).hasSize(ShowOrder.ITEMS_MAX);
    assertThat(order(tenant, id).containsKey("items_truncated")).isFalse();

    db.execute(
        """
        insert into work_items (id, tenant, order_id, order_type, type_version, position, type, state,
          priority, input, max_attempts, available_at, created_at, updated_at)
        select gen_random_uuid(), tenant, order_id, order_type, type_version, $2, type, state,
          priority, input, max_attempts, available_at, created_at, updated_at
        from work_items_now where order_id = $1 and position = 0
        """,
        id,
        ShowOrder.ITEMS_MAX);
    assertThat(order(tenant, id).getJsonArray("items")).hasSize(ShowOrder.ITEMS_MAX);
    assertThat(order(tenant, id).getBoolean("items_truncated")).isTrue();
  }

  @Test
  void showsAnItem() {
    var order = rows.order().items(ItemState.LEASED);
    var id = order.insert();

    var shown = item(tenant, order.itemIds().getFirst());
    var expected = new ArrayList<>(Resource.ITEMS.fields());
    expected.addAll(List.of("digest", "provenance"));
    assertThat(shown.fieldNames()).containsExactlyElementsOf(expected);
    assertThat(shown.getString("order_id")).isEqualTo(id.toString());
    assertThat(shown.getString("leased_by_agent_id")).isEqualTo("a1");
  }

  @Test
  void knowsNothingOfWhatIsUnknownOrAnotherTenants() {
    var order = rows.order();
    var id = order.insert();
    var itemId = order.itemIds().getFirst();

    assertNotFound(() -> order(tenant, itemId), "There is no order " + itemId);
    assertNotFound(() -> order("other", id), "There is no order " + id);
    assertNotFound(() -> item(tenant, id), "There is no item " + id);
    assertNotFound(() -> item("other", itemId), "There is no item " + itemId);
  }

  @Test
  void saysSoWhenTheDatabaseIsAway() {
    var nowhere = new DatabaseAddress("127.0.0.1", 1, "none", "none", "none");
    var pool = Database.connect(db.vertx(), "nowhere", nowhere, 1, 5, "public");
    var id = UUID.randomUUID();

    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> db.run(() -> new ShowOrder(pool).run(new StateMessages.ShowOrder(tenant, id))),
            () -> db.run(() -> new ShowItem(pool).run(new StateMessages.ShowItem(tenant, id))))) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              Rejected.class,
              rejected -> assertThat(rejected.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
  }

  private static void assertNotFound(ThrowingCallable call, String detail) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.code()).isEqualTo(ErrorCode.NOT_FOUND);
              assertThat(rejected.detail()).isEqualTo(detail);
            });
  }
}
