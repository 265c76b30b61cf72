package dev.orderly.leasing.checkout;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What was said about items that reviewers sent back: their next holders get it with the lease. */
final class ReviewComments {
  /** The latest of each item. */
  private static final int MAX = 20;

  private static final String FIND =
      """
      select c.* from unnest($1::uuid[]) as w(wanted) cross join lateral (
        select id, item_id, pointer, text, author_type, author_id, agent_id, created_at from work_comments
        where item_id = w.wanted order by id desc limit %d) c
      order by c.id
      """
          .formatted(MAX);

  private ReviewComments() {}

  /** By item; items that no reviewer sent back cost nothing and are absent. */
  static Future<Map<UUID, JsonArray>> of(SqlConnection connection, List<Given> given) {
    var sentBack =
        given.stream()
            .filter(g -> g.item().reviewErrors() != null)
            .map(g -> g.item().id())
            .toArray(UUID[]::new);
    if (sentBack.length == 0) {
      return Future.succeededFuture(Map.of());
    }
    return connection
        .preparedQuery(FIND)
        .execute(Tuple.tuple().addArrayOfUUID(sentBack))
        .map(
            rows -> {
              var comments = new HashMap<UUID, JsonArray>();
              for (Row row : rows) {
                comments
                    .computeIfAbsent(row.getUUID("item_id"), id -> new JsonArray())
                    .add(json(row));
              }
              return comments;
            });
  }

  private static JsonObject json(Row row) {
    return new JsonObject()
        .put("id", row.getUUID("id").toString())
        .put("pointer", row.getString("pointer"))
        .put("text", row.getString("text"))
        .put(
            "author",
            new JsonObject()
                .put("type", row.getString("author_type"))
                .put("id", row.getString("author_id")))
        .put("agent_id", row.getString("agent_id"))
        .put("created_at", row.getOffsetDateTime("created_at").toInstant().toString());
  }
}
