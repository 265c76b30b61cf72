package dev.orderly.audit;

import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * One line of the audit trail.
 *
 * @param itemId null if it concerns the order as a whole
 * @param payload what went with it, or null
 * @param diff what was changed outside, or null
 * @param message one line for people, or null
 * @param requestId which request caused it, or null
 */
public record Event(
    String tenant,
    UUID orderId,
    UUID itemId,
    EventType type,
    Actor actor,
    JsonObject payload,
    JsonObject diff,
    String message,
    String requestId) {

  public static Event of(String tenant, UUID orderId, UUID itemId, EventType type, Actor actor) {
    return new Event(tenant, orderId, itemId, type, actor, null, null, null, null);
  }

  public Event payload(JsonObject payload) {
    return new Event(tenant, orderId, itemId, type, actor, payload, diff, message, requestId);
  }

  public Event diff(JsonObject diff) {
    return new Event(tenant, orderId, itemId, type, actor, payload, diff, message, requestId);
  }

  public Event message(String message) {
    return new Event(tenant, orderId, itemId, type, actor, payload, diff, message, requestId);
  }

  public Event request(String requestId) {
    return new Event(tenant, orderId, itemId, type, actor, payload, diff, message, requestId);
  }
}
