package dev.orderly.types;

import io.vertx.core.json.JsonObject;

/**
 * A part of a result.
 *
 * @param sequence orders the parts of one key, from 0
 */
public record Part(String key, int sequence, JsonObject payload) {}
