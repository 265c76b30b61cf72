package dev.orderly.applying.claim;

import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What is to be applied.
 *
 * @param items the accepted ones, in the plan's order
 * @param fences of the leases under which they were submitted, by the items' ids
 * @param oneItem true if it is the change of the one item alone
 */
public record Approved(
    OrderView order, List<ItemView> items, Map<UUID, Long> fences, boolean oneItem) {

  /** As a type's expressions see it: {@code {order, items}}, with {@code item} if it is but one. */
  public JsonObject document() {
    var document = orderAndItems();
    return oneItem ? document.put("item", document.getJsonArray("items").getValue(0)) : document;
  }

  private JsonObject orderAndItems() {
    return new JsonObject()
        .put(
            "order",
            new JsonObject()
                .put("id", order.id().toString())
                .put("type", order.type())
                .put("payload", order.payload())
                .put("meta", order.meta())
                .put("priority", order.priority()))
        .put("items", itemDocuments());
  }

  /** As the {@code items} of {@link #document}. */
  public JsonArray itemDocuments() {
    var documents = new JsonArray();
    for (var item : items) {
      documents.add(
          new JsonObject()
              .put("id", item.id().toString())
              .put("key", item.key())
              .put("type", item.type())
              .put("input", item.input())
              .put("result", item.result()));
    }
    return documents;
  }
}
