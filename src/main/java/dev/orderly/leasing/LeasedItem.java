package dev.orderly.leasing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * Everything that an agent needs in order to work on an item.
 *
 * @param type the queue that the item stood in
 * @param orderType the type of its order, whose schema the result must satisfy
 * @param resultSchema JSON Schema 2020-12 of the result
 * @param evidence artifacts that a result must name: {@code [{name, media_types, max_bytes}]}; null
 *     if there are none
 * @param attempt 1 for the first lease since the item was planned or retried
 * @param errors what earlier reviewers asked for: {@code [{code, message, pointer}]}; may be empty
 * @param comments on the item, oldest first, if a reviewer sent it back; else null
 * @param lastError why the attempt before this one ended, or null
 * @param dependencies the items and orders that it depends on, with what was made of them; null if
 *     there are none
 * @param parts what its result may be made of; null if the type takes results whole only
 * @param row for the node that the agent talks to; null if a result needs more than that to be
 *     judged
 */
public record LeasedItem(
    UUID id,
    UUID orderId,
    String orderType,
    String typeVersion,
    String type,
    String key,
    JsonObject input,
    JsonObject resultSchema,
    JsonArray evidence,
    int attempt,
    int maxAttempts,
    int priority,
    JsonArray errors,
    JsonArray comments,
    JsonObject lastError,
    JsonArray dependencies,
    LeasedParts parts,
    Lease lease,
    LeasedRow row) {

  /** Whether a node that remembers it can judge its result by that, see {@link HandedOut}. */
  public boolean worthRemembering() {
    return row != null;
  }

  /** The type in the version whose schema the result must satisfy. */
  public KnownTypes.Version version() {
    return new KnownTypes.Version(orderType, typeVersion);
  }

  LeasedItem withResultSchema(JsonObject schema) {
    return new LeasedItem(
        id,
        orderId,
        orderType,
        typeVersion,
        type,
        key,
        input,
        schema,
        evidence,
        attempt,
        maxAttempts,
        priority,
        errors,
        comments,
        lastError,
        dependencies,
        parts,
        lease,
        row);
  }
}
