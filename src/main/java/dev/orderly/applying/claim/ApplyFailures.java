package dev.orderly.applying.claim;

import dev.orderly.audit.AuditLog;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Rejected;
import dev.orderly.storage.SqlState;
import dev.orderly.storage.Tx;
import dev.orderly.types.TypeFailure;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides and records what becomes of an order after a try failed. */
public final class ApplyFailures {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyFailures.class);

  private static final String RETRY =
      """
      update work_orders set apply_owner = null, apply_lease_expires_at = null, updated_at = now(),
        apply_next_at = clock_timestamp() + make_interval(secs => $4)
      where id = $1 and apply_fence = $2 and state = $3 returning apply_next_at
      """;

  private static final String FAIL =
      """
      update work_orders set state = 'failed', error = $3::text::jsonb, apply_owner = null,
        apply_lease_expires_at = null, apply_next_at = null, last_transitioned_at = now(),
        updated_at = now()
      where id = $1 and apply_fence = $2 and state = 'approved'
      """;

  private final Tx tx;
  private final Duration backoff;
  private final Duration maxBackoff;
  private final RandomGenerator random;

  /** Why a try failed, as it may be shown. */
  private record Cause(String message, boolean permanent, Duration notBefore) {}

  /**
   * @param backoff the rest after the first try; doubles with each
   * @param maxBackoff the longest rest, whatever the target asks for
   */
  public ApplyFailures(Tx tx, Duration backoff, Duration maxBackoff, RandomGenerator random) {
    this.tx = tx;
    this.backoff = backoff;
    this.maxBackoff = maxBackoff;
    this.random = random;
  }

  /**
   * Schedules the next try, or gives up: a change that was not made fails its order; what follows a
   * change that was made cannot undo it, so the order completes.
   *
   * @return true if the order is settled
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public boolean record(Claim claim, Throwable failure) {
    var cause = explained(claim, failure);
    if (claim.itemId() != null) {
      return recordItem(claim, cause);
    }
    boolean applied = claim.state() == OrderState.APPLIED;
    if (applied && claim.isLastAttempt()) {
      tx.run(connection -> completeAnyway(connection, claim, cause));
      return true;
    }
    if (!applied && (cause.permanent() || claim.isLastAttempt())) {
      tx.run(connection -> fail(connection, claim, cause));
      return true;
    }
    tx.run(connection -> retry(connection, claim, cause, attempt(claim, cause)));
    return false;
  }

  /**
   * Schedules the next try of a step of what follows a change, if there is to be one.
   *
   * @param step what the trail is to say of the step
   * @param hopeless whether a failure that each try would have alike ends the tries
   * @return null if the step is to be tried again; else what the trail is to say of its failure
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public JsonObject recordStep(Claim claim, Throwable failure, JsonObject step, boolean hopeless) {
    var cause = explained(claim, failure);
    var payload = attempt(claim, cause).mergeIn(step);
    if (claim.isLastAttempt() || hopeless && cause.permanent()) {
      return payload;
    }
    tx.run(connection -> retry(connection, claim, cause, payload));
    return null;
  }

  private Cause explained(Claim claim, Throwable failure) {
    var cause = explain(claim, failure);
    LOG.atWarn()
        .addKeyValue("order", claim.orderId())
        .addKeyValue("attempt", claim.attempt())
        .log("An apply try failed: {}", cause.message());
    return cause;
  }

  /** True if the order failed with its item. */
  private boolean recordItem(Claim claim, Cause cause) {
    var event = ApplyEvents.of(claim, EventType.APPLY_FAILED);
    var payload = attempt(claim, cause);
    if (cause.permanent() || claim.isLastAttempt()) {
      return tx.run(
          connection -> ItemStore.fail(connection, claim, error(cause), event.payload(payload)));
    }
    double seconds = rest(claim.attempt(), cause.notBefore()).toMillis() / 1000.0;
    tx.run(
        connection -> {
          var next = ItemStore.retry(connection, claim, seconds);
          payload.put("next_at", next.toString());
          return AuditLog.append(connection, List.of(event.payload(payload))).await();
        });
    return false;
  }

  private Void retry(SqlConnection connection, Claim claim, Cause cause, JsonObject told) {
    double seconds = rest(claim.attempt(), cause.notBefore()).toMillis() / 1000.0;
    var rows =
        connection
            .preparedQuery(RETRY)
            .execute(Tuple.of(claim.orderId(), claim.fence(), claim.state().wire(), seconds))
            .await();
    if (rows.size() == 0) {
      throw new ClaimLost(claim);
    }
    var next = rows.iterator().next().getOffsetDateTime("apply_next_at").toInstant();
    var payload = told.copy().put("next_at", next.toString());
    AuditLog.append(
            connection, List.of(ApplyEvents.of(claim, EventType.APPLY_FAILED).payload(payload)))
        .await();
    return null;
  }

  private Void fail(SqlConnection connection, Claim claim, Cause cause) {
    var error = error(cause);
    var written =
        connection
            .preparedQuery(FAIL)
            .execute(Tuple.of(claim.orderId(), claim.fence(), error.encode()))
            .await();
    if (written.rowCount() == 0) {
      throw new ClaimLost(claim);
    }
    var failed = ApplyEvents.step(claim, OrderState.APPROVED, OrderState.FAILED);
    AuditLog.append(
            connection,
            List.of(
                ApplyEvents.of(claim, EventType.APPLY_FAILED).payload(attempt(claim, cause)),
                failed.payload(failed.payload().copy().put("error", error))))
        .await();
    return null;
  }

  private Void completeAnyway(SqlConnection connection, Claim claim, Cause cause) {
    ApplyStore.completeApplied(
        connection,
        claim,
        List.of(
            ApplyEvents.of(claim, EventType.AFTER_APPLY_FAILED).payload(attempt(claim, cause))));
    return null;
  }

  private static JsonObject attempt(Claim claim, Cause cause) {
    return new JsonObject()
        .put("attempt", Math.min(claim.attempt(), claim.maxAttempts()))
        .put("max_attempts", claim.maxAttempts())
        .put("after_change", claim.state() == OrderState.APPLIED)
        .put("error", error(cause));
  }

  private static JsonObject error(Cause cause) {
    // PostgreSQL's text cannot hold the character 0, and a target's words may.
    return new JsonObject()
        .put("code", "apply_failed")
        .put("message", cause.message().replace("\u0000", ""));
  }

  private Duration rest(int attempt, Duration notBefore) {
    long doubled = backoff.toMillis() << Math.min(attempt - 1, 20);
    long jitter = doubled == 0 ? 0 : random.nextLong(doubled / 4 + 1);
    long wanted = Math.max(doubled + jitter, notBefore.toMillis());
    return Duration.ofMillis(Math.min(wanted, maxBackoff.toMillis()));
  }

  private static Cause explain(Claim claim, Throwable failure) {
    return switch (failure) {
      case ApplyFailed e -> new Cause(e.getMessage(), e.permanent(), e.notBefore());
      case TypeFailure e -> new Cause(e.getMessage(), true, Duration.ZERO);
      default -> {
        if (SqlState.explain(failure) instanceof Rejected known
            && known.code() == ErrorCode.UNAVAILABLE) {
          yield new Cause(
              SqlState.isUnavailable(failure)
                  ? "The database did not answer"
                  : "Others changed the same rows at the same time, again and again",
              false,
              Duration.ZERO);
        }
        var incident = UUID.randomUUID().toString();
        LOG.atError()
            .addKeyValue("incident", incident)
            .addKeyValue("order", claim.orderId())
            .setCause(failure)
            .log("An apply step failed");
        yield new Cause(
            "The server failed while it made the change; it is logged as incident " + incident,
            false,
            Duration.ZERO);
      }
    };
  }
}
