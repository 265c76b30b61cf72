package dev.orderly.types;

import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * An item as its type sees it.
 *
 * @param key the plan's own name for the item, or null
 * @param result what was submitted, or null if nothing was yet
 */
public record ItemView(UUID id, String type, String key, JsonObject input, JsonObject result) {}
