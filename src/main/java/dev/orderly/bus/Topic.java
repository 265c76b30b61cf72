package dev.orderly.bus;

/**
 * A hint to whoever listens, on every node or, where one look is enough, to one of them. It may be
 * lost; nothing but speed depends on it.
 *
 * @param hint an immutable record
 */
public record Topic<H>(String name, Class<H> hint) {}
