package dev.orderly.state.queries;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** What callers said of themselves, the latest first, as it goes on the wire. */
final class Provenances {
  /** How many are shown. */
  static final int MAX = 20;

  private static final String FIND =
      """
      select item_id, operation, agent_id, agent_type, agent_name, agent_version, model_name, runtime, request_id,
        request_fingerprint, created_at
      from work_provenance where %s = $1 and tenant = $2 order by id desc limit %d
      """;

  private static final String OF_ORDER = FIND.formatted("order_id", MAX);
  private static final String OF_ITEM = FIND.formatted("item_id", MAX);

  private Provenances() {}

  /** Of an order and of its items. */
  static JsonArray ofOrder(SqlClient client, String tenant, UUID order) {
    return read(client, OF_ORDER, tenant, order);
  }

  static JsonArray ofItem(SqlClient client, String tenant, UUID item) {
    return read(client, OF_ITEM, tenant, item);
  }

  private static JsonArray read(SqlClient client, String sql, String tenant, UUID id) {
    var found = new JsonArray();
    for (Row row : client.preparedQuery(sql).execute(Tuple.of(id, tenant)).await()) {
      found.add(json(row));
    }
    return found;
  }

  private static JsonObject json(Row row) {
    var item = row.getUUID("item_id");
    return new JsonObject()
        .put("operation", row.getString("operation"))
        .put("item_id", item == null ? null : item.toString())
        .put("agent_id", row.getString("agent_id"))
        .put("agent_type", row.getString("agent_type"))
        .put("agent_name", row.getString("agent_name"))
        .put("agent_version", row.getString("agent_version"))
        .put("model_name", row.getString("model_name"))
        .put("runtime", row.getString("runtime"))
        .put("request_id", row.getString("request_id"))
        .put("request_fingerprint", row.getString("request_fingerprint"))
        .put("created_at", row.getOffsetDateTime("created_at").toInstant().toString());
  }
}
