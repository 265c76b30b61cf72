package dev.orderly.leasing.ending;

import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.types.TypeSettings;
import io.vertx.core.json.JsonObject;
import java.util.random.RandomGenerator;

/**
 * What becomes of an item whose lease ends without a submission.
 *
 * @param state queued, or failed if the attempts are spent or another would not help
 * @param restSeconds how long a queued item rests before it may be leased again
 * @param error why, for the next holder; null after a release
 * @param event what the audit trail calls it
 * @param payload what else it says
 */
record LeaseEnd(
    HeldItem item,
    ItemState state,
    int attempts,
    int releases,
    int restSeconds,
    JsonObject error,
    EventType event,
    JsonObject payload,
    Actor actor,
    String requestId) {

  /** The holder gives it back. No attempt is lost, but who does so again and again must wait. */
  static LeaseEnd released(
      HeldItem item, TypeSettings settings, LeaseMessages.Release release, RandomGenerator random) {
    boolean counts = !release.undelivered();
    int rest = counts && item.releases() > 0 ? rest(item.releases(), settings, random) : 0;
    var payload = item.leaseSummary();
    if (release.reason() != null) {
      payload.put("reason", release.reason());
    }
    return new LeaseEnd(
        item,
        ItemState.QUEUED,
        item.attempts(),
        item.releases() + (counts ? 1 : 0),
        rest,
        null,
        EventType.RELEASED,
        payload,
        release.caller().agent(),
        release.caller().requestId());
  }

  /** The time is over. It has been the item's rest too: another agent may have it at once. */
  static LeaseEnd expired(HeldItem item) {
    int attempts = item.attempts() + 1;
    boolean spent = attempts >= item.maxAttempts();
    var error =
        spent
            ? error("max_attempts_exceeded", "The lease expired in the last of its attempts", item)
            : error("lease_expired", "The lease expired before a result was submitted", item);
    return new LeaseEnd(
        item,
        spent ? ItemState.FAILED : ItemState.QUEUED,
        attempts,
        item.releases(),
        0,
        error,
        EventType.LEASE_EXPIRED,
        item.leaseSummary().put("attempts", attempts),
        Actor.system("leasing"),
        null);
  }

  /** The holder cannot do it. */
  static LeaseEnd failed(
      HeldItem item, TypeSettings settings, LeaseMessages.Fail fail, RandomGenerator random) {
    int attempts = item.attempts() + 1;
    boolean over = !fail.retryable() || attempts >= item.maxAttempts();
    var code = fail.code() == null ? "agent_failure" : fail.code();
    var error = error(code, fail.reason(), item).put("retryable", fail.retryable());
    return new LeaseEnd(
        item,
        over ? ItemState.FAILED : ItemState.QUEUED,
        attempts,
        item.releases(),
        over ? 0 : rest(attempts, settings, random),
        error,
        EventType.ATTEMPT_FAILED,
        item.leaseSummary().put("attempts", attempts).put("error", error),
        fail.caller().agent(),
        fail.caller().requestId());
  }

  private static JsonObject error(String code, String message, HeldItem item) {
    return new JsonObject()
        .put("code", code)
        .put("message", message)
        .put("agent_id", item.agentId())
        .put("fence", item.fence());
  }

  /** Doubles with each time, up to the type's limit, plus jitter. */
  static int rest(int times, TypeSettings settings, RandomGenerator random) {
    long doubled = (long) settings.backoffSeconds() << Math.min(times - 1, 30);
    int rest = (int) Math.min(doubled, settings.maxBackoffSeconds());
    return rest + random.nextInt(settings.jitterSeconds() + 1);
  }
}
