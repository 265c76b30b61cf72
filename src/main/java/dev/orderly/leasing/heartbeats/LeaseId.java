package dev.orderly.leasing.heartbeats;

import java.util.UUID;

/** One lease of an item. */
public record LeaseId(UUID itemId, long fence) {}
