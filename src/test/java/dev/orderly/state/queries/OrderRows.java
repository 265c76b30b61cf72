package dev.orderly.state.queries;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.storage.Ids;
import dev.orderly.testing.TestDatabase;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Puts orders, items and events into the tables of one tenant by plain SQL. */
final class OrderRows {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final TestDatabase db;
  private final String tenant;

  OrderRows(TestDatabase db, String tenant) {
    this.db = db;
    this.tenant = tenant;
  }

  static OffsetDateTime minute(int minute) {
    return START.plusSeconds(60L * minute).atOffset(ZoneOffset.UTC);
  }

  Order order() {
    return new Order();
  }

  /** Appends an event; the item may be null. */
  long event(UUID order, UUID item, String event, String payload) {
    return db.<Long>value(
        """
        insert into work_events (tenant, order_id, item_id, event, actor_type, actor_id, payload, diff)
        values ($1, $2, $3, $4, 'agent', 'a1', $5::text::jsonb, '{"d": 1}') returning id
        """,
        tenant,
        order,
        item,
        event,
        payload);
  }

  /** Appends an event of each item, as one transaction does. */
  void events(UUID order, List<UUID> items, EventType type) {
    var agent = new Actor(Actor.Kind.AGENT, "a1");
    var events = items.stream().map(item -> Event.of(tenant, order, item, type, agent)).toList();
    TestDatabase.await(
        db.pool().withTransaction(connection -> AuditLog.append(connection, events)));
  }

  final class Order {
    private final UUID id = Ids.next();
    private final List<UUID> itemIds = new ArrayList<>();
    private final Map<String, Object> values = new LinkedHashMap<>();
    private List<ItemState> items = List.of(ItemState.QUEUED);
    private String meta = "{}";
    private boolean held;
    private String availableIn = "-1 hour";

    private Order() {
      set("type", "sync").set("state", "queued").set("priority", 0);
      set("requested_by_type", "user").set("requested_by_id", "ann");
      set("created_at", minute(0)).set("updated_at", minute(0));
      set("last_transitioned_at", minute(0));
    }

    Order set(String column, Object value) {
      values.put(column, value);
      return this;
    }

    Order completed(OffsetDateTime at) {
      return set("state", "completed").set("completed_at", at).set("applied_at", at);
    }

    Order meta(String json) {
      meta = json;
      return this;
    }

    Order items(ItemState... states) {
      items = List.of(states);
      return this;
    }

    Order queuedItems(int count) {
      var states = new ItemState[count];
      Arrays.fill(states, ItemState.QUEUED);
      return items(states);
    }

    Order held() {
      held = true;
      return this;
    }

    /**
     * @param interval from now until the items can be checked out
     */
    Order availableIn(String interval) {
      availableIn = interval;
      return this;
    }

    UUID insert() {
      for (var state : ItemState.values()) {
        set("items_" + state.wire(), (int) items.stream().filter(state::equals).count());
      }
      var columns = new ArrayList<>(values.keySet());
      var parameters = new ArrayList<Object>(List.of(id, tenant, meta));
      parameters.addAll(values.values());
      var marks = new StringBuilder();
      for (int i = 4; i < 4 + columns.size(); i++) {
        marks.append(", $").append(i);
      }
      db.execute(
          """
          insert into work_orders (id, tenant, meta, type_version, payload, on_item_failure,
            auto_approve, apply_max_attempts, diff, %s)
          values ($1, $2, $3::text::jsonb, 'v1', '{"p": 1}', 'fail', false, 5, '{"added": 1}'%s)
          """
              .formatted(String.join(", ", columns), marks),
          parameters.toArray());
      for (int position = 0; position < items.size(); position++) {
        insertItem(position, items.get(position));
      }
      return id;
    }

    /** The ids of the items that {@link #insert} made, in their order. */
    List<UUID> itemIds() {
      return itemIds;
    }

    private void insertItem(int position, ItemState state) {
      var item = Ids.next();
      itemIds.add(item);
      db.execute(
          """
          insert into work_items (id, tenant, order_id, order_type, type_version, position, type, state,
            priority, held, input, result, max_attempts, available_at, leased_by_agent_id, leased_at,
            lease_expires_at, submitted_at, accepted_at, completed_at, created_at, updated_at)
          select $1, $2, $3, 'sync', 'v1', $4, 'sync', $5, 0, $6, $7::text::jsonb, '{"r": 1}', 3,
            now() + $8::text::interval, case when l then 'a1' end, case when l then now() end,
            case when l then now() end, now(), now(), case when $5 = 'completed' then now() end,
            now(), now()
          from (select $5 in ('leased', 'in_progress')) as x(l)
          """,
          item,
          tenant,
          id,
          position,
          state.wire(),
          held,
          new JsonObject().put("n", position).encode(),
          availableIn);
    }
  }
}
