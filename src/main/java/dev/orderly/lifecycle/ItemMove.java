package dev.orderly.lifecycle;

import dev.orderly.domain.ItemState;
import java.util.UUID;

/** An item went from one state to another. */
public record ItemMove(UUID orderId, UUID itemId, ItemState from, ItemState to) {}
