package dev.orderly.testing;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.storage.Ids;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** Puts orders into the database in the middle of their lives. */
public final class OrderRows {
  public static final String TENANT = "default";
  public static final String VERSION = "1-test";

  private static final String ORDER =
      """
      insert into work_orders (id, tenant, type, type_version, state, priority, payload, meta,
        requested_by_type, requested_by_id, on_item_failure, auto_approve, items_queued,
        approved_at, apply_next_at, apply_max_attempts, applied_at, diff, completed_at,
        last_transitioned_at, created_at, updated_at)
      values ($1, '%s', $2, '%s', $3, 7, $4::text::jsonb, '{"from": "test"}', 'user', 'tester',
        $5, false, 0, case when $6 then now() end, case when $6 and not $7 then now() end, $8,
        case when $7 then now() end, case when $7 then '{}'::jsonb end, case when $7 then now() end,
        now(), now(), now())
      """
          .formatted(TENANT, VERSION);

  private static final String ITEM =
      """
      insert into work_items (id, tenant, order_id, order_type, type_version, position, type, key,
        state, priority, input, result, max_attempts, available_at, fence, leased_by_agent_id,
        leased_at, lease_ttl_seconds, heartbeat_every_seconds, lease_expires_at, submitted_at,
        accepted_at, created_at, updated_at)
      select $1, '%s', $2, $3, '%s', $4, $3, 'item-' || $4, $5, 7, '{}', $6::text::jsonb, 3, now(), 1,
        case when $7 then 'agent' end, case when $7 then now() end, 60, 20,
        case when $7 then now() + interval '1 minute' end, now(), now(), now(), now()
      """
          .formatted(TENANT, VERSION);

  private OrderRows() {}

  /** An order that waits for apply, each of its items accepted with one of the results. */
  public static UUID approved(
      TestDatabase db, String type, int maxAttempts, JsonObject payload, JsonObject... results) {
    var states = Arrays.stream(results).map(result -> ItemState.ACCEPTED).toList();
    return insert(
        db, OrderState.APPROVED, type, maxAttempts, payload, states, Arrays.asList(results));
  }

  /** An order whose items have some result if their state asks for one. */
  public static UUID inState(TestDatabase db, OrderState state, String type, ItemState... items) {
    return insert(
        db,
        state,
        type,
        3,
        new JsonObject(),
        List.of(items),
        Arrays.stream(items).map(item -> new JsonObject().put("ok", true)).toList());
  }

  private static UUID insert(
      TestDatabase db,
      OrderState state,
      String type,
      int maxAttempts,
      JsonObject payload,
      List<ItemState> states,
      List<JsonObject> results) {
    var order = Ids.next();
    boolean done = state == OrderState.COMPLETED;
    boolean approved = done || state == OrderState.APPROVED;
    var policy = done ? "continue" : "fail";
    db.execute(
        ORDER, order, type, state.wire(), payload.encode(), policy, approved, done, maxAttempts);
    for (int i = 0; i < states.size(); i++) {
      var item = states.get(i);
      TestDatabase.await(
          db.pool()
              .preparedQuery(ITEM)
              .execute(
                  Tuple.of(Ids.next(), order, type, i, item.wire(), results.get(i).encode())
                      .addBoolean(item.held())));
    }
    count(db, order, states);
    return order;
  }

  private static void count(TestDatabase db, UUID order, List<ItemState> states) {
    var counts =
        Arrays.stream(ItemState.values())
            .map(
                state ->
                    "items_%s = %d"
                        .formatted(state.wire(), states.stream().filter(state::equals).count()))
            .collect(Collectors.joining(", "));
    db.execute("update work_orders set " + counts + " where id = $1", order);
  }

  /** The states of an order's items, in the plan's order. */
  public static List<String> itemStates(TestDatabase db, UUID order) {
    return db
        .rows("select state from work_items_now where order_id = $1 order by position", order)
        .stream()
        .map(row -> row.getString("state"))
        .toList();
  }

  /** The names of an order's events, oldest first; an item's are marked with its position. */
  public static List<String> events(TestDatabase db, UUID order) {
    return db
        .rows(
            """
            select e.event || coalesce(' ' || i.position, '') as event from work_events e
            left join work_items i on i.id = e.item_id where e.order_id = $1 order by e.id
            """,
            order)
        .stream()
        .map(row -> row.getString("event"))
        .toList();
  }

  /** The counts agree with the items' states. */
  public static void assertCounted(TestDatabase db, UUID order) {
    for (var state : ItemState.values()) {
      long items =
          db.<Long>value(
              "select count(*) from work_items_now where order_id = $1 and state = $2",
              order,
              state.wire());
      int counted =
          db.<Integer>value(
              "select items_%s from work_orders where id = $1".formatted(state.wire()), order);
      if (items != counted) {
        throw new AssertionError(
            "%d items are %s, the order counts %d".formatted(items, state.wire(), counted));
      }
    }
  }
}
