package dev.orderly.leasing.checkout;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * The parts of a leased item's result.
 *
 * @param spec the parts that its type takes
 * @param required the keys that the result must have
 * @param state those that are there already, whoever handed them in
 */
record LeasedParts(JsonObject spec, JsonArray required, JsonObject state) {}
