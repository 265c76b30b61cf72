package dev.orderly.leasing.heartbeats;

import java.time.Duration;
import java.time.Instant;

/**
 * A heartbeat that the database need not be written for.
 *
 * @param at when, by the database's clock
 * @param keepFor how long it may still be asked for
 */
public record Beat(LeaseId lease, Instant at, Duration keepFor) {}
