package dev.orderly.leasing.item;

import java.time.Instant;

/**
 * The right of one agent to work on one item until it expires.
 *
 * @param token opaque; any node knows from it which desk to ask
 * @param fence rises with each lease of the item; target systems may refuse older ones
 * @param expiresAt by the database's clock
 * @param ttlSeconds how long it lives after each heartbeat
 */
public record Lease(
    String token,
    String agentId,
    long fence,
    Instant expiresAt,
    int ttlSeconds,
    int heartbeatEverySeconds) {}
