package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.state.OrderJson;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Found;
import dev.orderly.state.dependencies.Blockers;
import dev.orderly.state.dependencies.Blockers.Blocked;
import dev.orderly.state.review.ReviewDigest;
import dev.orderly.state.review.Votes;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/** Shows an item and what its submitters said of themselves. */
public final class ShowItem {
  private static final String FIND =
      "select %s from work_items_now where id = $1 and tenant = $2"
          .formatted(OrderJson.ITEM_COLUMNS);

  private static final String QUORUM = "select review_quorum from work_orders where id = $1";

  private final Reads reads;

  public ShowItem(Pool pool) {
    this.reads = new Reads(pool);
  }

  /**
   * @return {@code item}
   * @throws Rejected {@code not_found}, also if it is another tenant's
   */
  public Found run(StateMessages.ShowItem request) {
    return reads.snapshot(client -> read(client, request));
  }

  private static Found read(SqlClient client, StateMessages.ShowItem request) {
    var rows =
        client.preparedQuery(FIND).execute(Tuple.of(request.itemId(), request.tenant())).await();
    if (rows.size() == 0) {
      throw Rejected.notFound("item", request.itemId());
    }
    var row = rows.iterator().next();
    var item = OrderJson.item(row);
    if (item.getInteger("waits_for") > 0) {
      var blocked = new Blocked(request.itemId(), row.getUUID("order_id"), item);
      new Blockers(client).add(List.of(blocked));
    }
    item.put("digest", ReviewDigest.ofItem(client, request.itemId()));
    int quorum = quorum(client, UUID.fromString(item.getString("order_id")));
    if (quorum > 1) {
      item.put("approvals", Votes.ofItem(client, request.itemId(), quorum));
    }
    item.put("provenance", Provenances.ofItem(client, request.tenant(), request.itemId()));
    var parts = PartsProgress.read(client, List.of(request.itemId())).await().get(request.itemId());
    if (parts != null) {
      item.put("parts_required", parts.required()).put("parts_state", parts.state());
    }
    return new Found(new JsonObject().put("item", item));
  }

  private static int quorum(SqlClient client, UUID order) {
    return client
        .preparedQuery(QUORUM)
        .execute(Tuple.of(order))
        .await()
        .iterator()
        .next()
        .getInteger("review_quorum");
  }
}
