package dev.orderly.state.queries;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.state.OrderJson;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Found;
import dev.orderly.state.queries.parameters.Fields;
import dev.orderly.state.review.ReviewDigest;
import dev.orderly.state.review.Votes;
import io.vertx.core.json.JsonArray;
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
      "select %s, review_quorum from work_orders where id = $1 and tenant = $2"
          .formatted(OrderJson.ORDER_COLUMNS);

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
    var row = rows.next();
    var order = OrderJson.order(row);
    order.put("digest", ReviewDigest.ofOrder(client, request.orderId()));
    order.put("approvals", approvals(client, request, order, row.getInteger("review_quorum")));
    var related =
        new Related(client, request.tenant(), Fields.all(), Map.of(request.orderId(), order));
    related.addItems(ITEMS_MAX);
    related.addEvents();
    order.put("provenance", Provenances.ofOrder(client, request.tenant(), request.orderId()));
    Chain.add(client, request.orderId(), order);
    return new Found(new JsonObject().put("order", order));
  }

  /** Where one approval is enough, the order itself knows who gave it. */
  private static JsonObject approvals(
      SqlClient client, StateMessages.ShowOrder request, JsonObject order, int quorum) {
    if (quorum > 1) {
      boolean waiting =
          order.getJsonObject("item_counts").getInteger(ItemState.SUBMITTED.wire()) > 0;
      return Votes.ofOrder(client, request.orderId(), quorum, waiting);
    }
    var by = order.getJsonObject("approved_by");
    var all = new JsonArray();
    if (by != null) {
      all.add(by.copy().put("at", order.getString("approved_at")));
    }
    return new JsonObject().put("required", quorum).put("given", all.size()).put("by", all);
  }
}
