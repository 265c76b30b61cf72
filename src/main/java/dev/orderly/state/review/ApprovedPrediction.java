package dev.orderly.state.review;

import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.lifecycle.ChangePreviews;
import dev.orderly.lifecycle.ChangePreviews.Prepare;
import dev.orderly.lifecycle.ChangePreviews.Prepared;
import dev.orderly.state.OrderRow;
import dev.orderly.types.OrderType;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/**
 * Binds approvals to predictions, for types whose changes are held if they differ. Any other type
 * costs nothing.
 */
final class ApprovedPrediction {
  private static final String BIND =
      """
      update order_predictions set approved_at = clock_timestamp()
      where order_id = $1 and basis = $2 and digest = $3
      """;

  private final Bus bus;

  ApprovedPrediction(Bus bus) {
    this.bus = bus;
  }

  /**
   * Makes sure that there is a prediction, before the approval's transaction: it takes its time.
   *
   * @param digest of the prediction that is approved; null for whichever is stored
   * @return which there is, or that the order needs none
   * @throws Rejected {@code not_ready} if there can be none; {@code invalid} if one is named that
   *     nothing would be held to
   */
  Prepared prepare(OrderType type, OrderRow order, String digest) {
    if (!holds(type, order)) {
      if (digest != null) {
        throw Rejected.invalid(
            "Changes of order type %s are not held to predictions".formatted(order.type()),
            List.of(
                new Violation("/prediction", "not_held", "goes with types that hold differences")));
      }
      return Prepared.NONE;
    }
    try {
      return bus.call(
              ChangePreviews.PREPARE,
              new Prepare(order.tenant(), order.id()),
              ChangePreviews.REPLY_LIMIT)
          .await();
    } catch (Rejected e) {
      if (e.code() != ErrorCode.PREDICTION_FAILED && e.code() != ErrorCode.NOT_PREDICTABLE) {
        throw e;
      }
      throw new Rejected(
          ErrorCode.NOT_READY,
          "Order %s is approved together with a prediction of its change, and there is none"
              .formatted(order.id()),
          List.of(new Violation("", e.code().wire(), e.detail())),
          e.nextActions());
    }
  }

  private static boolean holds(OrderType type, OrderRow order) {
    if (order.reverts() == null) {
      return type.prediction().holdOnDifference();
    }
    var reverting = type.reverting();
    return reverting != null && reverting.prediction().holdOnDifference();
  }

  /**
   * Under the order's lock: from now on the change must come out as predicted.
   *
   * @param prepared which prediction there was before the transaction
   * @param digest of the one that is approved; null for whichever is stored
   * @throws Rejected if it was replaced meanwhile
   */
  static void bind(SqlConnection connection, OrderRow order, Prepared prepared, String digest) {
    if (prepared.isNone()) {
      return;
    }
    var approved = digest != null ? digest : prepared.digest();
    var bound =
        connection
            .preparedQuery(BIND)
            .execute(Tuple.of(order.id(), prepared.basis(), approved))
            .await();
    if (bound.rowCount() != 1 && digest != null) {
      throw new Rejected(
          ErrorCode.STALE_PREDICTION,
          "The prediction of order %s is another one by now".formatted(order.id()),
          List.of(new Violation("/prediction", "stale", "is not that of the stored prediction")),
          List.of("Get the order's preview and look at it again"));
    }
    if (bound.rowCount() != 1) {
      throw new Rejected(
              ErrorCode.NOT_READY,
              "Order %s changed while it was being approved; look at it again"
                  .formatted(order.id()))
          .next("Get the order's preview");
    }
  }
}
