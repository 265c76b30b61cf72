package dev.orderly.types;

import io.vertx.core.json.JsonObject;

/**
 * One item of a plan.
 *
 * @param type the queue that it stands in; null means the order's type
 * @param key a name for the item that is unique in its order, or null
 * @param maxAttempts how often it may be leased before it fails; null means the type's setting
 */
public record ItemPlan(String type, String key, JsonObject input, Integer maxAttempts) {}
