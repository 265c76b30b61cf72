package dev.orderly.leasing.item;

import java.util.UUID;

/**
 * What an item's row says beside what its holder is told.
 *
 * @param releases how often it was given back
 * @param limited whether its lease counts among those of its type
 * @param agentCounted whether it counts among those of its agent
 * @param submittedBefore whether it ever had a result
 * @param bundle that its lease is part of; null if it is in none
 */
public record LeasedRow(
    int releases, boolean limited, boolean agentCounted, boolean submittedBefore, UUID bundle) {}
