package dev.orderly.idempotency;

/**
 * Names one intended effect of one caller.
 *
 * @param tenant whose
 * @param caller the token's holder and the agent that it acts as
 * @param operation the operation and what it is applied to, e.g. {@code submit:<item id>}
 * @param key as the client sent it, at most 255 characters
 * @param bodyHash SHA-256 of the request's body
 */
public record IdempotencyKey(
    String tenant, String caller, String operation, String key, String bodyHash) {}
