package dev.orderly.state;

import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemCounts;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.types.OrderView;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.UUID;

/**
 * An order's row as a command finds it.
 *
 * @param approved whether it was ever approved
 */
public record OrderRow(
    UUID id,
    String tenant,
    String type,
    String typeVersion,
    OrderState state,
    int priority,
    JsonObject payload,
    JsonObject meta,
    String requestedByType,
    String requestedById,
    int applyAttempts,
    boolean approved,
    boolean heldForReview,
    UUID reverts,
    ItemCounts counts,
    Instant createdAt) {

  public static final String COLUMNS =
      """
      id, tenant, type, type_version, state, priority, payload, meta, requested_by_type, requested_by_id,
      apply_attempts, approved_at is not null as approved, held_for_review, reverts_order_id, created_at, %s
      """
          .formatted(OrderProgress.countColumns());

  public static OrderRow of(Row row) {
    return new OrderRow(
        row.getUUID("id"),
        row.getString("tenant"),
        row.getString("type"),
        row.getString("type_version"),
        OrderState.of(row.getString("state")),
        row.getInteger("priority"),
        row.getJsonObject("payload"),
        row.getJsonObject("meta"),
        row.getString("requested_by_type"),
        row.getString("requested_by_id"),
        row.getInteger("apply_attempts"),
        row.getBoolean("approved"),
        row.getBoolean("held_for_review"),
        row.getUUID("reverts_order_id"),
        OrderProgress.counts(row),
        row.getOffsetDateTime("created_at").toInstant());
  }

  /** True if its change was made, is not the one that was approved, and nobody confirmed it. */
  public boolean awaitsConfirmation() {
    return state == OrderState.APPLIED && heldForReview;
  }

  public OrderView view() {
    return new OrderView(id, tenant, type, typeVersion, payload, meta, priority, createdAt);
  }

  /**
   * @throws Rejected if the caller may touch only its own orders and this is not one
   */
  public void requireOwner(Caller caller, boolean anyOrder, String action) {
    boolean own =
        requestedByType.equals(caller.actor().kind().wire())
            && requestedById.equals(caller.actor().id());
    if (!anyOrder && !own) {
      throw new Rejected(
          ErrorCode.FORBIDDEN,
          "Only who proposed order %s, or an administrator, may %s it".formatted(id, action));
    }
  }

  /**
   * @throws Rejected if it is in any other state
   */
  public void require(OrderState expected, String action) {
    if (state != expected) {
      throw conflict(action);
    }
  }

  /** The refusal of an action that this order's state does not allow. */
  public Rejected conflict(String action) {
    return new Rejected(
            ErrorCode.STATE_CONFLICT,
            "Expected to %s order %s, but it is in state %s".formatted(action, id, state.wire()))
        .next("Get the order to see where it stands");
  }
}
