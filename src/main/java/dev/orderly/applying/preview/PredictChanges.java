package dev.orderly.applying.preview;

import dev.orderly.applying.claim.ApplyFailed;
import dev.orderly.applying.hold.Expected;
import dev.orderly.applying.hold.Predictions;
import dev.orderly.applying.hold.Predictions.Prediction;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.ChangePreviews.Prepare;
import dev.orderly.lifecycle.ChangePreviews.Prepared;
import dev.orderly.lifecycle.ChangePreviews.Preview;
import dev.orderly.lifecycle.ChangePreviews.Previewed;
import dev.orderly.storage.SqlState;
import dev.orderly.storage.Tx;
import dev.orderly.types.OrderType;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;

/**
 * Answers what a submitted order's change would be. Where its approval is given for a prediction,
 * that is stored, and the reviewers of the same submissions all see the same one. For virtual
 * threads.
 */
public final class PredictChanges {
  private static final long SOON_MILLIS = 1_000;
  private static final String QUERY_CANCELED = "57014";
  private static final String LOCKED = "55P03";

  private final Vertx vertx;
  private final Tx tx;
  private final TypeRegistry types;
  private final Foretell foretell;
  private final Semaphore slots;
  private final InstantSource time;

  /**
   * @param tx on Orderly's own database
   * @param slots how many predictions a node makes at a time; never waited for
   */
  public PredictChanges(
      Vertx vertx,
      Tx tx,
      TypeRegistry types,
      Foretell foretell,
      Semaphore slots,
      InstantSource time) {
    this.vertx = vertx;
    this.tx = tx;
    this.types = types;
    this.foretell = foretell;
    this.slots = slots;
    this.time = time;
  }

  /**
   * @throws Rejected {@code not_found}, {@code state_conflict}, {@code not_predictable}, {@code
   *     prediction_failed}, {@code overloaded}, {@code unavailable}
   */
  public Previewed preview(Preview query) {
    return explained(
        () -> {
          var order = submitted(query.tenant(), query.orderId());
          var change = change(order);
          boolean holds = change.prediction().holdOnDifference();
          var prediction =
              holds
                  ? stored(query.orderId(), order, change, query.fresh())
                  : transientOne(order, change);
          return new Previewed(json(query.orderId(), prediction, holds));
        });
  }

  /**
   * @throws Rejected as {@link #preview}
   */
  public Prepared prepare(Prepare command) {
    return explained(
        () -> {
          var order = submitted(command.tenant(), command.orderId());
          var change = change(order);
          if (!change.prediction().holdOnDifference()) {
            return Prepared.NONE;
          }
          var prediction = stored(command.orderId(), order, change, false);
          return new Prepared(prediction.basis(), prediction.digest());
        });
  }

  private Submitted submitted(String tenant, UUID id) {
    var order = tx.run(connection -> Submitted.read(connection, tenant, id));
    if (order.state() != OrderState.SUBMITTED) {
      throw new Rejected(
              ErrorCode.STATE_CONFLICT,
              "Expected to preview order %s, but it is in state %s"
                  .formatted(id, order.state().wire()))
          .next(instead(order.state()));
    }
    return order;
  }

  private static String instead(OrderState state) {
    return switch (state) {
      case APPLIED, COMPLETED -> "Get the order: its diff says what was changed";
      case APPROVED -> "Get the order: its diff will say what was changed";
      case REJECTED, CANCELLED, DEAD_LETTERED -> "Get the order's logs to see how it ended";
      case FAILED -> "Get the order: its error says what failed";
      case QUEUED, CHECKED_OUT, IN_PROGRESS, SUBMITTED ->
          "Ask again once every item of the order is submitted";
    };
  }

  private ReviewedChange change(Submitted order) {
    var view = order.change().order();
    var type = vertx.executeBlocking(() -> find(view.type(), view.typeVersion()), false).await();
    return ReviewedChange.of(type, order.reverts());
  }

  private OrderType find(String name, String version) {
    return types
        .version(name, version)
        .orElseThrow(
            () ->
                new Rejected(
                    ErrorCode.UNAVAILABLE,
                    "Order type %s, version %s, is not installed on this node"
                        .formatted(name, version)));
  }

  private Prediction stored(UUID id, Submitted order, ReviewedChange change, boolean fresh) {
    var basis = order.basis();
    var known = tx.run(connection -> Predictions.find(connection, id));
    if (known != null && known.basis().equals(basis) && !fresh) {
      return known;
    }
    var foretold = foretell(change, order);
    var kept =
        tx.run(
            connection -> Predictions.keep(connection, id, basis, foretold.diff(), foretold.by()));
    if (kept == null) {
      throw new Rejected(
          ErrorCode.STATE_CONFLICT,
          "Order %s is not under review any more; look at it again".formatted(id));
    }
    return kept;
  }

  private Prediction transientOne(Submitted order, ReviewedChange change) {
    var foretold = foretell(change, order);
    return new Prediction(
        order.basis(),
        Expected.digest(foretold.diff()),
        foretold.diff(),
        foretold.by(),
        time.instant(),
        false);
  }

  private Foretell.Foretold foretell(ReviewedChange change, Submitted order) {
    if (!slots.tryAcquire()) {
      throw new Rejected(
          ErrorCode.OVERLOADED,
          "As many changes are being foretold on this node as it does at a time",
          List.of(),
          List.of("Try again in a moment"),
          SOON_MILLIS);
    }
    try {
      return foretell.run(change, order.change());
    } finally {
      slots.release();
    }
  }

  private static JsonObject json(UUID orderId, Prediction prediction, boolean holds) {
    return new JsonObject()
        .put("order_id", orderId.toString())
        .put("diff", prediction.diff().toJson())
        .put("digest", prediction.digest())
        .put("basis", prediction.basis())
        .put("predicted_by", prediction.by())
        .put("predicted_at", prediction.at().toString())
        .put("hold_on_difference", holds);
  }

  private interface Work<T> {
    T get();
  }

  /** What keeps the change from being foretold would mostly keep it from being made. */
  private static <T> T explained(Work<T> work) {
    try {
      return work.get();
    } catch (Rejected e) {
      throw e;
    } catch (ApplyFailed | TypeFailure e) {
      if (e.getCause() instanceof PgException cause && LOCKED.equals(cause.getSqlState())) {
        throw new Rejected(
            ErrorCode.UNAVAILABLE,
            "The change cannot be foretold while others hold what it would change; ask again");
      }
      if (e instanceof ApplyFailed failed && !failed.permanent()) {
        throw new Rejected(
            ErrorCode.UNAVAILABLE,
            "The change cannot be foretold just now: %s".formatted(e.getMessage()));
      }
      throw failed(e.getMessage());
    } catch (PgException e) {
      if (QUERY_CANCELED.equals(e.getSqlState())) {
        throw failed("A statement took too long");
      }
      if (SqlState.isUnavailable(e)) {
        throw SqlState.explain(e);
      }
      throw failed("The database refuses it: " + e.getErrorMessage());
    } catch (Exception e) {
      // Awaiting throws a future's own failure, checked or not.
      throw SqlState.explain(e);
    }
  }

  private static Rejected failed(String why) {
    return new Rejected(
            ErrorCode.PREDICTION_FAILED, "The change could not be foretold: %s".formatted(why))
        .next("Send the items back if their results are at fault", "Otherwise ask again");
  }
}
