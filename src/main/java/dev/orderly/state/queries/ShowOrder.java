package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.state.OrderJson;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Found;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Map;

/** Shows an order with its items, its latest events and provenance, all of the same moment. */
public final class ShowOrder {
  /** How many items are shown; past it {@code items_truncated} is set. */
  static final int ITEMS_MAX = 1_000;

  private static final String FIND =
      "select %s from work_orders where id = $1 and tenant = $2".formatted(OrderJson.ORDER_COLUMNS);

  private final Reads reads;

  public ShowOrder(Pool pool) {
    this.reads = new Reads(pool);
  }

  /**
   * @return {@code order}
   * @throws Rejected {@code not_found}, also if it is another tenant's
   */
  public Found run(StateMessages.ShowOrder request) {
    return reads.snapshot(client -> read(client, request));
  }

  private static Found read(SqlClient client, StateMessages.ShowOrder request) {
    var rows =
        client
            .preparedQuery(FIND)
            .execute(Tuple.of(request.orderId(), request.tenant()))
            .await()
            .iterator();
    if (!rows.hasNext()) {
      throw Rejected.notFound("order", request.orderId());
    }
    var order = OrderJson.order(rows.next());
    var related =
        new Related(client, request.tenant(), Fields.all(), Map.of(request.orderId(), order));
    related.addItems(ITEMS_MAX);
    related.addEvents();
    order.put("provenance", Provenances.ofOrder(client, request.tenant(), request.orderId()));
    return new Found(new JsonObject().put("order", order));
  }
}
