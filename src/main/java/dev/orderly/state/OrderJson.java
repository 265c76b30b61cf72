package dev.orderly.state;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.lifecycle.OrderProgress;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.UUID;

/** Orders, items and events as they go on the wire. */
public final class OrderJson {
  /** What {@link #order} reads. */
  public static final String ORDER_COLUMNS =
      """
      id, type, type_version, state, priority, requested_by_type, requested_by_id, payload, meta, error, diff,
      approved_by_type, approved_by_id, approved_at, applied_at, completed_at, last_transitioned_at, created_at,
      updated_at, apply_attempts, apply_next_at, depends_on, review_escalate_seconds, review_escalated_at, %s
      """
          .formatted(OrderProgress.countColumns());

  /** What {@link #item} reads. */
  public static final String ITEM_COLUMNS =
      """
      id, order_id, type, key, state, attempts, max_attempts, fence, leased_by_agent_id, lease_expires_at,
      last_heartbeat_at, heartbeats, input, result, evidence, notes, error, review_errors, available_at, held, waits_for,
      submitted_by_agent_id, submitted_at, accepted_at, diff, applied_at, completed_at, created_at, updated_at
      """;

  /** What {@link #event} reads. */
  public static final String EVENT_COLUMNS =
      """
      id, order_id, item_id, event, actor_type, actor_id, payload, diff, message, request_id, created_at
      """;

  private OrderJson() {}

  public static JsonObject order(Row row) {
    var counts = new JsonObject();
    var states = OrderProgress.counts(row);
    counts.put("total", states.total());
    for (var state : ItemState.values()) {
      counts.put(state.wire(), states.in(state));
    }
    var approvedBy = row.getString("approved_by_id");
    return new JsonObject()
        .put("id", row.getUUID("id").toString())
        .put("type", row.getString("type"))
        .put("type_version", row.getString("type_version"))
        .put("state", row.getString("state"))
        .put("priority", row.getInteger("priority"))
        .put("requested_by_type", row.getString("requested_by_type"))
        .put("requested_by_id", row.getString("requested_by_id"))
        .put("payload", row.getJsonObject("payload"))
        .put("meta", row.getJsonObject("meta"))
        .put("depends_on", dependsOn(row))
        .put("item_counts", counts)
        .put("error", error(row, states.in(ItemState.FAILED), states.total()))
        .put("diff", row.getJsonObject("diff"))
        .put(
            "approved_by",
            approvedBy == null
                ? null
                : new JsonObject()
                    .put("type", row.getString("approved_by_type"))
                    .put("id", approvedBy))
        .put("apply_attempts", row.getInteger("apply_attempts"))
        .put("apply_next_at", time(row, "apply_next_at"))
        .put("review_due_at", reviewDueAt(row))
        .put("review_escalated_at", time(row, "review_escalated_at"))
        .put("approved_at", time(row, "approved_at"))
        .put("applied_at", time(row, "applied_at"))
        .put("completed_at", time(row, "completed_at"))
        .put("last_transitioned_at", time(row, "last_transitioned_at"))
        .put("created_at", time(row, "created_at"))
        .put("updated_at", time(row, "updated_at"));
  }

  private static JsonArray dependsOn(Row row) {
    var orders = row.getArrayOfUUIDs("depends_on");
    return orders == null
        ? new JsonArray()
        : new JsonArray(Arrays.stream(orders).map(UUID::toString).toList());
  }

  /** Null unless somebody is to decide by then. */
  private static String reviewDueAt(Row row) {
    var seconds = row.getInteger("review_escalate_seconds");
    return seconds == null || !row.getString("state").equals(OrderState.SUBMITTED.wire())
        ? null
        : row.getOffsetDateTime("last_transitioned_at").plusSeconds(seconds).toInstant().toString();
  }

  private static JsonObject error(Row row, int failed, int total) {
    var error = row.getJsonObject("error");
    if (error == null && row.getString("state").equals(OrderState.FAILED.wire())) {
      return new JsonObject()
          .put("code", "items_failed")
          .put("message", "%d of %d items failed".formatted(failed, total));
    }
    return error;
  }

  public static JsonObject item(Row row) {
    var state = ItemState.of(row.getString("state"));
    return new JsonObject()
        .put("id", row.getUUID("id").toString())
        .put("order_id", row.getUUID("order_id").toString())
        .put("type", row.getString("type"))
        .put("key", row.getString("key"))
        .put("state", state.wire())
        .put("attempts", row.getInteger("attempts"))
        .put("max_attempts", row.getInteger("max_attempts"))
        .put("fence", row.getLong("fence"))
        .put("leased_by_agent_id", row.getString("leased_by_agent_id"))
        .put("lease_expires_at", time(row, "lease_expires_at"))
        .put("last_heartbeat_at", time(row, "last_heartbeat_at"))
        .put("heartbeats", row.getInteger("heartbeats"))
        .put("input", row.getJsonObject("input"))
        .put("result", row.getJsonObject("result"))
        .put("evidence", row.getJsonArray("evidence"))
        .put("notes", row.getString("notes"))
        .put("error", row.getJsonObject("error"))
        .put("review_errors", row.getJsonArray("review_errors"))
        .put("available_at", state == ItemState.QUEUED ? time(row, "available_at") : null)
        .put("held", row.getBoolean("held"))
        .put("waits_for", state == ItemState.QUEUED ? row.getInteger("waits_for") : 0)
        .put("blocked_by", new JsonArray())
        .put("submitted_by_agent_id", row.getString("submitted_by_agent_id"))
        .put("submitted_at", time(row, "submitted_at"))
        .put("accepted_at", time(row, "accepted_at"))
        .put("diff", row.getJsonObject("diff"))
        .put("applied_at", time(row, "applied_at"))
        .put("completed_at", time(row, "completed_at"))
        .put("created_at", time(row, "created_at"))
        .put("updated_at", time(row, "updated_at"));
  }

  public static JsonObject event(Row row) {
    var itemId = row.getUUID("item_id");
    return new JsonObject()
        .put("id", row.getLong("id"))
        .put("order_id", row.getUUID("order_id").toString())
        .put("item_id", itemId == null ? null : itemId.toString())
        .put("event", row.getString("event"))
        .put("actor_type", row.getString("actor_type"))
        .put("actor_id", row.getString("actor_id"))
        .put("payload", row.getJsonObject("payload"))
        .put("diff", row.getJsonObject("diff"))
        .put("message", row.getString("message"))
        .put("request_id", row.getString("request_id"))
        .put("created_at", time(row, "created_at"));
  }

  private static String time(Row row, String column) {
    OffsetDateTime time = row.getOffsetDateTime(column);
    return time == null ? null : time.toInstant().toString();
  }
}
