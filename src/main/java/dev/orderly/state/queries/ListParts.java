package dev.orderly.state.queries;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.lifecycle.PartsProgress.ItemParts;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.parts.PartMessages;
import dev.orderly.state.queries.parameters.Paged;
import dev.orderly.state.queries.parameters.Values;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** An item's parts with their content: by key, of each the newest first; in pages. */
public final class ListParts {
  /** A page ends before its payloads get larger than this, unless the first is. */
  private static final long PAGE_BYTES = 8L << 20;

  private static final String HOLDER =
      "select leased_by_agent_id from work_items_now where id = $1 and tenant = $2";

  private static final String FIND =
      """
      select id, part_key, seq, bytes from work_item_parts
      where item_id = $1 and ($2::text is null or part_key = $2) and ($3::text is null or status = $3)
        and ($4::text is null or part_key > $4
          or (part_key = $4 and (seq < $5::int or (seq = $5::int and id < $6::uuid))))
      order by part_key, seq desc, id desc limit $7
      """;

  private static final String READ =
      """
      select id, part_key, seq, mode, status, payload, evidence, notes, errors, bytes, checksum,
        submitted_by_agent_id, fence, created_at
      from work_item_parts where id = any($1) order by part_key, seq desc, id desc
      """;

  private final Reads reads;

  public ListParts(Pool pool) {
    this.reads = new Reads(pool);
  }

  /** Where a page ended. */
  private record Place(String key, int seq, UUID id) {
    static final Place START = new Place(null, 0, new UUID(0, 0));
  }

  /**
   * @return {@code data}, {@code page}, {@code parts_state} and {@code parts_required}
   * @throws Rejected {@code not_found}, also if the item is another tenant's; {@code forbidden} if
   *     only its holder may see them; {@code malformed_request} for the cursor
   */
  public Page run(PartMessages.ListParts request) {
    var paged = new Paged(request.size(), request.after());
    var after = paged.place(Place.START, content -> after(request, content));
    return reads.snapshot(client -> read(client, request, paged, after));
  }

  private static Page read(
      SqlClient client, PartMessages.ListParts request, Paged paged, Place after) {
    requireSight(client, request);
    var found = new ArrayList<Row>();
    client
        .preparedQuery(FIND)
        .execute(
            Tuple.of(
                request.itemId(),
                request.partKey(),
                request.status(),
                after.key(),
                after.seq(),
                after.id(),
                request.size() + 1))
        .await()
        .forEach(found::add);
    var page = fitting(found, request.size());
    boolean hasMore = page.size() < found.size();
    var data = new JsonArray();
    if (!page.isEmpty()) {
      var ids = page.stream().map(row -> row.getUUID("id")).toArray(UUID[]::new);
      client
          .preparedQuery(READ)
          .execute(Tuple.tuple().addArrayOfUUID(ids))
          .await()
          .forEach(row -> data.add(json(row)));
    }
    var progress =
        PartsProgress.read(client, List.of(request.itemId()))
            .await()
            .getOrDefault(request.itemId(), new ItemParts(new JsonArray(), new JsonObject()));
    return new Page(
        new JsonObject()
            .put("data", data)
            .put("page", paged.page(hasMore ? cursor(request, page.getLast()) : null))
            .put("parts_required", progress.required())
            .put("parts_state", progress.state()));
  }

  private static void requireSight(SqlClient client, PartMessages.ListParts request) {
    var rows =
        client
            .preparedQuery(HOLDER)
            .execute(Tuple.of(request.itemId(), request.caller().tenant()))
            .await()
            .iterator();
    if (!rows.hasNext()) {
      throw Rejected.notFound("item", request.itemId());
    }
    var holder = rows.next().getString("leased_by_agent_id");
    if (request.holderOnly() && !request.caller().agentId().equals(holder)) {
      throw new Rejected(
          ErrorCode.FORBIDDEN,
          "The token lacks the scope work.view, without which only an item's holder sees its parts",
          List.of(),
          List.of("Use a token with the scope work.view, or check the item out"));
    }
  }

  private static List<Row> fitting(List<Row> found, int size) {
    long bytes = 0;
    int count = 0;
    for (var row : found) {
      bytes += row.getInteger("bytes");
      if (count == size || (count > 0 && bytes > PAGE_BYTES)) {
        break;
      }
      count++;
    }
    return found.subList(0, count);
  }

  private static JsonObject json(Row row) {
    return new JsonObject()
        .put("id", row.getUUID("id").toString())
        .put("part_key", row.getString("part_key"))
        .put("seq", row.getInteger("seq"))
        .put("mode", row.getString("mode"))
        .put("status", row.getString("status"))
        .put("payload", row.getJsonObject("payload"))
        .put("evidence", row.getJsonArray("evidence"))
        .put("notes", row.getString("notes"))
        .put("errors", row.getJsonArray("errors"))
        .put("bytes", row.getInteger("bytes"))
        .put("checksum", row.getString("checksum"))
        .put("submitted_by_agent_id", row.getString("submitted_by_agent_id"))
        .put("fence", row.getLong("fence"))
        .put("created_at", row.getOffsetDateTime("created_at").toInstant().toString());
  }

  private static JsonObject cursor(PartMessages.ListParts request, Row last) {
    return new JsonObject()
        .put("of", request.itemId().toString())
        .put("key", last.getString("part_key"))
        .put("seq", last.getInteger("seq"))
        .put("id", last.getUUID("id").toString());
  }

  /** Null if the cursor is another list's. */
  private static Place after(PartMessages.ListParts request, JsonObject content) {
    return request.itemId().toString().equals(content.getValue("of"))
            && content.getValue("key") instanceof String key
            && content.getValue("seq") instanceof Integer seq
            && content.getValue("id") instanceof String id
        ? new Place(key, seq, Values.uuid(id))
        : null;
  }
}
