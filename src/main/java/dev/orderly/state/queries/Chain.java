package dev.orderly.state.queries;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** Which order proposed this one once its change was made, and which ones this one proposed. */
final class Chain {
  private static final String LINKS =
      """
      select order_id, follow_up_id from order_follow_ups where order_id = $1
      union all
      select order_id, follow_up_id from order_follow_ups where follow_up_id = $1
      order by follow_up_id
      """;

  private Chain() {}

  /** Adds {@code follows_order_id} and {@code follow_ups}, in the order of their proposal. */
  static void add(SqlClient client, UUID orderId, JsonObject order) {
    String follows = null;
    var followUps = new JsonArray();
    for (Row row : client.preparedQuery(LINKS).execute(Tuple.of(orderId)).await()) {
      if (row.getUUID("order_id").equals(orderId)) {
        followUps.add(row.getUUID("follow_up_id").toString());
      } else {
        follows = row.getUUID("order_id").toString();
      }
    }
    order.put("follows_order_id", follows).put("follow_ups", followUps);
  }
}
