package dev.orderly.applying.claim;

import dev.orderly.types.Diff;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderView;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What is to be applied.
 *
 * @param items the accepted ones, in the plan's order
 * @param fences of the leases under which they were submitted, by the items' ids
 * @param oneItem true if it is the change of the one item alone
 * @param undone what is to be undone; null for a change of the order's own
 */
public record Approved(
    OrderView order, List<ItemView> items, Map<UUID, Long> fences, boolean oneItem, Undone undone) {

  /**
   * The change of another order, which this one undoes.
   *
   * @param diff what it changed
   * @param reason why it is undone, or null
   */
  public record Undone(Approved original, Diff diff, String reason) {}

  public Approved(OrderView order, List<ItemView> items, Map<UUID, Long> fences) {
    this(order, items, fences, false, null);
  }

  /**
   * @param order with what an order's view has
   * @param items with what an item's has, beside its position and fence
   */
  public static Approved of(Row order, RowSet<Row> items) {
    var ordered = new ArrayList<Row>();
    items.forEach(ordered::add);
    ordered.sort(Comparator.comparing(row -> row.getInteger("position")));
    var fences = new HashMap<UUID, Long>();
    ordered.forEach(row -> fences.put(row.getUUID("id"), row.getLong("fence")));
    return new Approved(view(order), ordered.stream().map(Approved::item).toList(), fences);
  }

  /** The change of one item alone; rows as for {@link #of}. */
  static Approved ofOneItem(Row order, Row item) {
    var view = item(item);
    return new Approved(
        view(order), List.of(view), Map.of(view.id(), item.getLong("fence")), true, null);
  }

  /** The same, as an order that undoes another. */
  public Approved undoing(Undone other) {
    return new Approved(order, items, fences, oneItem, other);
  }

  /** What a type's statements, targets and code are shown: the order that is undone, if one is. */
  public Approved shown() {
    return undone == null ? this : undone.original;
  }

  /**
   * As a type's expressions see it: {@code {order, items}}, with {@code item} if it is but one;
   * where another order is undone, these are that order's, with its {@code diff} and {@code revert:
   * {id, reason}}.
   */
  public JsonObject document() {
    var document = shown().ownDocument();
    if (undone != null) {
      document.put("diff", undone.diff.toJson());
      document.put("revert", revert());
    }
    return document;
  }

  /** Which order undoes another, and why. */
  public JsonObject revert() {
    return new JsonObject().put("id", order.id().toString()).put("reason", undone.reason);
  }

  private JsonObject ownDocument() {
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

  private static OrderView view(Row row) {
    return new OrderView(
        row.getUUID("id"),
        row.getString("tenant"),
        row.getString("type"),
        row.getString("type_version"),
        row.getJsonObject("payload"),
        row.getJsonObject("meta"),
        row.getInteger("priority"),
        row.getOffsetDateTime("created_at").toInstant());
  }

  private static ItemView item(Row row) {
    return new ItemView(
        row.getUUID("id"),
        row.getString("type"),
        row.getString("key"),
        row.getJsonObject("input"),
        row.getJsonObject("result"));
  }
}
