package dev.orderly.types;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.UUID;

/** An order as its type sees it. */
public record OrderView(
    UUID id,
    String tenant,
    String type,
    String typeVersion,
    JsonObject payload,
    JsonObject meta,
    int priority,
    Instant createdAt) {}
