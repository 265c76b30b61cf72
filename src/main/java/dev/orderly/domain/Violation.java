package dev.orderly.domain;

/**
 * One thing wrong with what was sent.
 *
 * @param pointer where, as an RFC 6901 JSON Pointer into the request's body; "" is the whole
 * @param code what rule, stable, for programs: {@code schema.required}, {@code all_users_synced}
 * @param message what is wrong, for people and models
 */
public record Violation(String pointer, String code, String message) {}
