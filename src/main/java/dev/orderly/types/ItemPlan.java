package dev.orderly.types;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One item of a plan.
 *
 * @param type the queue that it stands in; null means the order's type
 * @param key a name for the item that is unique in its order, or null
 * @param maxAttempts how often it may be leased before it fails; null means the type's setting
 * @param dependsOn the keys of those items of the plan that must be done before this one begins;
 *     never null
 */
public record ItemPlan(
    String type, String key, JsonObject input, Integer maxAttempts, List<String> dependsOn) {

  public ItemPlan {
    dependsOn = List.copyOf(dependsOn);
  }

  /** An item that depends on no other. */
  public ItemPlan(String type, String key, JsonObject input, Integer maxAttempts) {
    this(type, key, input, maxAttempts, List.of());
  }

  /** The same item, to begin only after others. */
  public ItemPlan after(String... keys) {
    return new ItemPlan(type, key, input, maxAttempts, List.of(keys));
  }
}
