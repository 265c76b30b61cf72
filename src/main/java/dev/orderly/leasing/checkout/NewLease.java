package dev.orderly.leasing.checkout;

import dev.orderly.leasing.checkout.WriteLeases.Leased;
import io.vertx.core.json.JsonArray;

/**
 * A lease that was just written, and what else its holder is told.
 *
 * @param comments on the item, oldest first, if a reviewer sent it back; else null
 * @param parts what its result may be made of; null if the type takes results whole only
 */
record NewLease(Leased lease, JsonArray comments, LeasedParts parts) {}
