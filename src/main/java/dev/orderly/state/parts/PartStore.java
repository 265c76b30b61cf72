package dev.orderly.state.parts;

import dev.orderly.state.parts.PartRow.Status;
import dev.orderly.storage.Ids;
import dev.orderly.types.Part;
import dev.orderly.types.PartsSpec;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Reads and writes parts. For virtual threads. */
final class PartStore {
  private static final String LEDGER =
      "select " + PartRow.COLUMNS + " from work_item_parts where item_id = $1";

  private static final String IN_USE =
      """
      select %s, payload from work_item_parts where item_id = $1 and status = 'validated'
      order by part_key, seq
      """
          .formatted(PartRow.COLUMNS);

  private static final String INSERT =
      """
      insert into work_item_parts (id, tenant, item_id, part_key, seq, mode, status, payload, bytes, checksum,
        evidence, notes, errors, submitted_by_agent_id, fence)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
      returning %s
      """
          .formatted(PartRow.COLUMNS);

  private static final String SUPERSEDE =
      """
      update work_item_parts set status = 'superseded', superseded_at = clock_timestamp()
      where id = any($1) and status = 'validated'
      """;

  private static final String FIND_AGAIN =
      "update work_item_parts set errors = $2 where id = $1 returning " + PartRow.COLUMNS;

  // What is not in use is kept for people to look at, the newest of it: as much as may be in use.
  private static final String PRUNE =
      """
      delete from work_item_parts where id in (
        select id from (
          select id, row_number() over newest as number, sum(bytes) over newest as total
          from work_item_parts where item_id = $1 and status <> 'validated'
          window newest as (order by id desc)) h
        where number > $2::int or total > $3::int)
      """;

  private static final String BEGIN =
      "update work_items set state = 'in_progress', updated_at = now() where id = $1 and state = 'leased'";

  private PartStore() {}

  /** Parts with their content. */
  record InUse(List<PartRow> rows, List<Part> parts) {}

  static Ledger ledger(SqlClient client, UUID itemId) {
    var rows = new ArrayList<PartRow>();
    client
        .preparedQuery(LEDGER)
        .execute(Tuple.of(itemId))
        .await()
        .forEach(row -> rows.add(PartRow.of(row)));
    return new Ledger(rows);
  }

  static InUse inUse(SqlClient client, UUID itemId) {
    var rows = new ArrayList<PartRow>();
    var parts = new ArrayList<Part>();
    for (Row row : client.preparedQuery(IN_USE).execute(Tuple.of(itemId)).await()) {
      var part = PartRow.of(row);
      rows.add(part);
      parts.add(new Part(part.key(), part.seq(), row.getJsonObject("payload")));
    }
    return new InUse(rows, parts);
  }

  /** What a new row holds beside what the command does. */
  record New(
      PartMessages.SubmitPart command,
      PartsSpec.Mode mode,
      int seq,
      long fence,
      PartContent content,
      JsonArray errors) {}

  /** Its status follows from whether there are errors. */
  static PartRow insert(SqlConnection connection, New part) {
    var command = part.command();
    var status = part.errors() == null ? Status.VALIDATED : Status.REJECTED;
    return PartRow.of(
        connection
            .preparedQuery(INSERT)
            .execute(
                Tuple.tuple()
                    .addUUID(Ids.next())
                    .addString(command.caller().tenant())
                    .addUUID(command.itemId())
                    .addString(command.partKey())
                    .addInteger(part.seq())
                    .addString(part.mode().wire())
                    .addString(status.wire())
                    .addValue(command.payload())
                    .addInteger(part.content().bytes())
                    .addString(part.content().checksum())
                    .addValue(command.evidence())
                    .addString(command.notes())
                    .addValue(part.errors())
                    .addString(command.caller().agentId())
                    .addLong(part.fence()))
            .await()
            .iterator()
            .next());
  }

  static void supersede(SqlConnection connection, List<PartRow> parts) {
    if (parts.isEmpty()) {
      return;
    }
    var ids = parts.stream().map(PartRow::id).toArray(UUID[]::new);
    int changed =
        connection
            .preparedQuery(SUPERSEDE)
            .execute(Tuple.tuple().addArrayOfUUID(ids))
            .await()
            .rowCount();
    if (changed != parts.size()) {
      throw new IllegalStateException("a part in use of a locked item was not superseded");
    }
  }

  /** A part that was rejected before, now with these errors. */
  static PartRow findAgain(SqlConnection connection, PartRow part, JsonArray errors) {
    return PartRow.of(
        connection
            .preparedQuery(FIND_AGAIN)
            .execute(Tuple.of(part.id(), errors))
            .await()
            .iterator()
            .next());
  }

  static void prune(SqlConnection connection, UUID itemId, PartsSpec limits) {
    connection
        .preparedQuery(PRUNE)
        .execute(Tuple.of(itemId, limits.maxCount(), limits.maxTotalBytes()))
        .await();
  }

  /** The item, which is locked and leased, is in progress from now on. */
  static void begin(SqlConnection connection, UUID itemId) {
    if (connection.preparedQuery(BEGIN).execute(Tuple.of(itemId)).await().rowCount() != 1) {
      throw new IllegalStateException("a locked leased item was not begun");
    }
  }
}
