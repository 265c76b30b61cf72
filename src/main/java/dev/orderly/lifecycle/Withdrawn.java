package dev.orderly.lifecycle;

import java.util.UUID;

/**
 * A lease that ended before its time, as something that its item depends on was taken back.
 *
 * @param type the item's queue
 * @param limited whether it counted among those of its type
 * @param agentCounted whether it counted among those of its agent
 */
public record Withdrawn(
    UUID itemId,
    long fence,
    String tenant,
    String type,
    String agentId,
    boolean limited,
    boolean agentCounted) {}
