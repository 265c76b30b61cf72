package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.state.OrderJson;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.queries.parameters.Paged;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/**
 * The audit trail of an order or of an item, newest first, in pages. Events outlive what they tell
 * of, so what has left events is known even when it is gone.
 */
public final class Logs {
  /** The size of a page for those who name none. */
  public static final int SIZE_DEFAULT = 50;

  static final int SIZE_MAX = 100;

  private static final String ORDER_OF_ITEM =
      """
      select coalesce(
        (select order_id from work_items where id = $1 and tenant = $2),
        (select order_id from event_groups where item_id = $1 and tenant = $2 limit 1),
        (select order_id from event_groups
         where item_id < $1 and item_to >= $1 and $1 = any(item_ids) and tenant = $2 limit 1)) as order_id
      """;

  private static final String KNOWS_ORDER =
      """
      select exists (select 1 from work_orders where id = $1 and tenant = $2)
        or exists (select 1 from event_groups where order_id = $1 and tenant = $2) as known
      """;

  // As many groups have as many events at least.
  private static final String OF_ORDER =
      """
      select %s from work_events
      where order_id = $1 and id < $3 and group_id = any(array(
        select id from event_groups where order_id = $1 and tenant = $2 and id < $3 order by id desc limit $4))
      order by id desc limit $4
      """
          .formatted(OrderJson.EVENT_COLUMNS);

  // Read from the order's own range, whatever else happened to the order: an index that finds an
  // item's events would be written to with each of them, and be read here alone. Of the first group
  // the item's only event may have been told already, so one more is taken.
  private static final String OF_ITEM =
      """
      select %s from work_events
      where order_id = $1 and id < $3 and (item_id = $5 or item_id is null) and group_id = any(array(
        select id from event_groups
        where order_id = $1 and tenant = $2 and id < $3
          and (item_id is null or item_id = $5 or $5 = any(item_ids))
        order by id desc limit $4::bigint + 1))
      order by id desc limit $4::bigint
      """
          .formatted(OrderJson.EVENT_COLUMNS);

  private final Reads reads;

  public Logs(Pool pool) {
    this.reads = new Reads(pool);
  }

  /**
   * @return {@code data} and {@code page}: size, next (a cursor, or null), has_more
   * @throws Rejected {@code malformed_request} for the size or the cursor; {@code not_found}, also
   *     if it is another tenant's
   */
  public Page run(StateMessages.Logs request) {
    if ((request.itemId() == null) == (request.orderId() == null)) {
      throw new IllegalArgumentException("expected an item or an order, and not both");
    }
    var paged = new Paged(request.size(), request.after()).atMost(SIZE_MAX);
    long before = paged.place(Long.MAX_VALUE, content -> before(request, content));
    return reads.plain(client -> read(client, request, paged, before));
  }

  private static Page read(SqlClient client, StateMessages.Logs request, Paged paged, long before) {
    var orderId = orderId(client, request);
    var tuple = Tuple.of(orderId, request.tenant(), before, request.size() + 1L);
    var rows =
        request.itemId() == null
            ? client.preparedQuery(OF_ORDER).execute(tuple).await()
            : client.preparedQuery(OF_ITEM).execute(tuple.addUUID(request.itemId())).await();
    return paged.of(
        rows,
        OrderJson::event,
        last -> new JsonObject().put("of", subject(request)).put("id", last.getLong("id")));
  }

  private static UUID orderId(SqlClient client, StateMessages.Logs request) {
    boolean ofItem = request.itemId() != null;
    var id = ofItem ? request.itemId() : request.orderId();
    var row =
        client
            .preparedQuery(ofItem ? ORDER_OF_ITEM : KNOWS_ORDER)
            .execute(Tuple.of(id, request.tenant()))
            .await()
            .iterator()
            .next();
    if (ofItem ? row.getUUID("order_id") == null : !row.getBoolean("known")) {
      throw Rejected.notFound(ofItem ? "item" : "order", id);
    }
    return ofItem ? row.getUUID("order_id") : id;
  }

  /** The id that the page's events are below; null if the cursor is another list's. */
  private static Long before(StateMessages.Logs request, JsonObject content) {
    return subject(request).equals(content.getValue("of"))
            && content.getValue("id") instanceof Number id
        ? id.longValue()
        : null;
  }

  private static String subject(StateMessages.Logs request) {
    return (request.itemId() == null ? request.orderId() : request.itemId()).toString();
  }
}
