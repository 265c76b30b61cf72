package dev.orderly.leasing.heartbeats;

import java.time.Instant;

/**
 * What was heard of a lease since its row was last written.
 *
 * @param beats how many heartbeats, at least one
 * @param last when the last of them came, by the database's clock
 */
public record Tally(int beats, Instant last) {}
