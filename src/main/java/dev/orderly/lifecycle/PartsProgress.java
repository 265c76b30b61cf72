package dev.orderly.lifecycle;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** How far items are whose results are handed in by parts. Nothing of it is kept: it is counted. */
public final class PartsProgress {
  private static final String INSERT =
      """
      insert into work_item_part_plans (item_id, tenant, required)
      select x.id, $1, x.required::jsonb from unnest($2::uuid[], $3::text[]) as x(id, required)
      """;

  // Of each key the newest part in use, then the newest rejected one: few rows, however many parts
  // there are.
  private static final String READ =
      """
      select d.item_id, d.required, p.*
      from work_item_part_plans d
      left join lateral (
        select distinct on (part_key, status) part_key, seq, mode, status, checksum, created_at,
          count(*) over (partition by part_key, status) as parts
        from work_item_parts where item_id = d.item_id and status <> 'superseded'
        order by part_key, status, seq desc, id desc) p on true
      where d.item_id = any($1)
      order by d.item_id, p.part_key, p.status desc
      """;

  private PartsProgress() {}

  /**
   * Where an item's parts stand.
   *
   * @param required the keys that its result must have
   * @param state by part key: {@code {status, seq, checksum, submitted_at, …}}; required keys of
   *     which there is no part are in it as {@code missing}
   */
  public record ItemParts(JsonArray required, JsonObject state) {}

  /**
   * Writes which parts new items must have.
   *
   * @param ids of the items, whose rows this transaction has written
   * @param required for each of them
   */
  public static Future<?> plan(
      SqlClient connection, String tenant, UUID[] ids, List<List<String>> required) {
    return connection
        .preparedQuery(INSERT)
        .execute(
            Tuple.tuple()
                .addString(tenant)
                .addArrayOfUUID(ids)
                .addArrayOfString(
                    required.stream()
                        .map(keys -> new JsonArray(keys).encode())
                        .toArray(String[]::new)));
  }

  /** By item; one whose type takes no parts is absent. */
  public static Future<Map<UUID, ItemParts>> read(SqlClient client, Collection<UUID> items) {
    return client
        .preparedQuery(READ)
        .execute(Tuple.tuple().addArrayOfUUID(items.toArray(UUID[]::new)))
        .map(
            rows -> {
              var all = new HashMap<UUID, ItemParts>();
              for (Row row : rows) {
                var parts =
                    all.computeIfAbsent(
                        row.getUUID("item_id"),
                        id -> new ItemParts(row.getJsonArray("required"), new JsonObject()));
                if (row.getString("part_key") != null) {
                  count(parts.state(), row);
                }
              }
              all.values().forEach(PartsProgress::missing);
              return all;
            });
  }

  /** Of a key, what is in use comes before what was rejected. */
  private static void count(JsonObject state, Row row) {
    var key = row.getString("part_key");
    var inUse = state.getJsonObject(key);
    if (inUse == null) {
      state.put(key, part(row));
    } else if (row.getInteger("seq") > inUse.getInteger("seq")) {
      // One of the same number or a lower one was made up for.
      inUse.put("rejected_seq", row.getInteger("seq"));
    }
  }

  private static JsonObject part(Row row) {
    var part =
        new JsonObject()
            .put("status", row.getString("status"))
            .put("seq", row.getInteger("seq"))
            .put("checksum", row.getString("checksum"))
            .put("submitted_at", row.getOffsetDateTime("created_at").toInstant().toString());
    boolean chunksInUse =
        row.getString("mode").equals("chunks") && row.getString("status").equals("validated");
    return chunksInUse ? part.put("chunks", row.getLong("parts")) : part;
  }

  private static void missing(ItemParts parts) {
    for (var key : parts.required()) {
      if (!parts.state().containsKey((String) key)) {
        parts.state().put((String) key, new JsonObject().put("status", "missing"));
      }
    }
    // In the order of their keys, whatever became of them.
    var sorted = new LinkedHashMap<String, Object>();
    parts.state().fieldNames().stream()
        .sorted()
        .forEach(key -> sorted.put(key, parts.state().getValue(key)));
    parts.state().clear();
    sorted.forEach(parts.state()::put);
  }
}
