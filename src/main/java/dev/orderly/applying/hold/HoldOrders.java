package dev.orderly.applying.hold;

import dev.orderly.applying.claim.ApplyEvents;
import dev.orderly.applying.claim.ApplyStore;
import dev.orderly.applying.claim.Approved;
import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Transitions;
import dev.orderly.storage.Tx;
import dev.orderly.types.Diff;
import dev.orderly.types.PredictionSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.UUID;

/** Holds orders whose change is not the one that was approved. */
public final class HoldOrders {
  private static final String LOCK_ITEMS =
      """
      select id from work_items where order_id = $1 and state = 'accepted' order by id
      for no key update
      """;

  private static final String REOPEN_ITEMS =
      """
      update work_items set state = 'submitted', accepted_at = null, updated_at = now()
      where order_id = $1 and state = 'accepted'
      """;

  // The system, which approves by itself, would do the same again: what is held is for people.
  private static final String SEND_BACK =
      """
      update work_orders set state = 'submitted', error = $3::text::jsonb, review_round = review_round + 1,
        review_closing = false,
        items_accepted = items_accepted - $4, items_submitted = items_submitted + $4,
        auto_approve = false, approved_at = null, approved_by_type = null, approved_by_id = null,
        apply_owner = null, apply_lease_expires_at = null, apply_next_at = null, apply_attempts = 0,
        last_transitioned_at = now(), updated_at = now()
      where id = $1 and apply_fence = $2 and state = 'approved'
      """;

  private final Tx tx;

  /**
   * @param tx on Orderly's own database
   */
  public HoldOrders(Tx tx) {
    this.tx = tx;
  }

  /**
   * What this try's change must come out as.
   *
   * @throws Differs if the type asks for an approved prediction and there is none
   */
  public Expected expected(Claim claim, PredictionSpec spec) {
    if (!spec.holdOnDifference()
        || claim.state() != OrderState.APPROVED
        || claim.itemId() != null) {
      return Expected.ANYTHING;
    }
    var prediction = tx.run(connection -> Predictions.approved(connection, claim.orderId()));
    if (prediction == null) {
      throw new Unpredicted();
    }
    return new Expected(prediction.diff(), spec.dryRun(), prediction.effectBegun());
  }

  /** The order was approved without the prediction that its type asks for. */
  public static final class Unpredicted extends RuntimeException {
    Unpredicted() {
      super("approved without a prediction", null, false, false);
    }
  }

  /**
   * Nothing was changed: the order goes back to its reviewers.
   *
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public void sendBack(Claim claim, Differs differs) {
    var error =
        error(
                "The change would differ from the prediction that was approved; nothing was"
                    + " changed")
            .put("differences", differs.differences());
    sendBack(claim, error, differs.payload(), differs.actual().toJson());
  }

  /** As {@link #sendBack(Claim, Differs)}, for an approval that was given for no prediction. */
  public void sendBack(Claim claim, Unpredicted unpredicted) {
    var error =
        error("The order was approved without a prediction of its change; nothing was changed");
    sendBack(claim, error, new JsonObject(), null);
  }

  private void sendBack(Claim claim, JsonObject error, JsonObject payload, JsonObject actual) {
    tx.run(
        connection -> {
          var items = lockItems(connection, claim);
          var written =
              connection
                  .preparedQuery(SEND_BACK)
                  .execute(Tuple.of(claim.orderId(), claim.fence(), error.encode(), items.size()))
                  .await();
          if (written.rowCount() == 0) {
            throw new ClaimLost(claim);
          }
          connection.preparedQuery(REOPEN_ITEMS).execute(Tuple.of(claim.orderId())).await();
          Predictions.drop(connection, claim.orderId());
          Transitions.ORDER.require(OrderState.APPROVED, OrderState.SUBMITTED);
          var events = new ArrayList<Event>();
          events.add(
              ApplyEvents.of(claim, EventType.APPLY_HELD)
                  .payload(payload.copy().put("attempt", claim.attempt()))
                  .moved(OrderState.APPROVED, OrderState.SUBMITTED)
                  .diff(actual)
                  .message(error.getString("message")));
          items.forEach(item -> events.add(ApplyEvents.heldItem(claim, item)));
          AuditLog.append(connection, events).await();
          return null;
        });
  }

  /**
   * Records a change that was made and is not the one that was approved; it waits for somebody to
   * confirm or undo it.
   *
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public static void keep(
      SqlConnection connection, Claim claim, Approved approved, Diff diff, Expected expected) {
    var held =
        ApplyEvents.of(claim, EventType.APPLY_HELD)
            .payload(new Differs(expected.diff(), diff).payload().put("attempt", claim.attempt()))
            .diff(diff.toJson())
            .message("The change was made, and differs from the prediction that was approved");
    ApplyStore.hold(connection, claim, approved, diff, held);
  }

  private static JsonObject error(String message) {
    return new JsonObject()
        .put("code", "prediction_differs")
        .put("message", message)
        .put("differences", new JsonArray());
  }

  private static ArrayList<UUID> lockItems(SqlConnection connection, Claim claim) {
    var items = new ArrayList<UUID>();
    connection
        .preparedQuery(LOCK_ITEMS)
        .execute(Tuple.of(claim.orderId()))
        .await()
        .forEach(row -> items.add(row.getUUID("id")));
    return items;
  }
}
