package dev.orderly.bus;

/**
 * A place on the bus, declared once beside the feature that serves it.
 *
 * @param name unique on the bus
 * @param request what it takes: an immutable record
 * @param reply what it answers: an immutable record
 */
public record Address<Q, R>(String name, Class<Q> request, Class<R> reply) {}
