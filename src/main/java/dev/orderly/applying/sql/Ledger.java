package dev.orderly.applying.sql;

import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.types.Diff;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/**
 * The table in a foreign database that tells which changes were made there, of orders, of items and
 * of hooks, by their ids; written in the transaction of the change itself. A row without a diff
 * announces which try may make the change.
 */
final class Ledger {
  private static final String EXISTS =
      "select to_regclass('orderly_applied') is not null as exists";

  // Two nodes may both find it missing, and "if not exists" does not serialise.
  private static final String LOCK = "select pg_advisory_xact_lock(7311148, 1)";

  private static final String CREATE =
      """
      create table if not exists orderly_applied (order_id uuid primary key, fence bigint not null,
        diff jsonb, applied_at timestamptz)
      """;

  private static final String ANNOUNCE =
      """
      insert into orderly_applied as l (order_id, fence) values ($1, $2)
      on conflict (order_id) do update set fence = excluded.fence
      where l.diff is null and l.fence < excluded.fence
      """;

  private static final String LOOK =
      "select fence, diff from orderly_applied where order_id = $1 for update";

  private static final String WRITE =
      """
      update orderly_applied set diff = $3::text::jsonb, applied_at = clock_timestamp()
      where order_id = $1 and fence = $2 and diff is null
      """;

  private Ledger() {}

  static Void create(SqlConnection connection) {
    if (!connection.query(EXISTS).execute().await().iterator().next().getBoolean("exists")) {
      connection.query(LOCK).execute().await();
      connection.query(CREATE).execute().await();
    }
    return null;
  }

  /** From its commit on, no earlier try can make the change. */
  static Void announce(SqlConnection connection, UUID key, long fence) {
    connection.preparedQuery(ANNOUNCE).execute(Tuple.of(key, fence)).await();
    return null;
  }

  /**
   * Locks the change's row until the transaction ends.
   *
   * @param key what the change was announced under
   * @return the diff of the change, or null if it was not made yet and this claim may make it
   * @throws ClaimLost if a later try was announced
   */
  static Diff look(SqlConnection connection, UUID key, Claim claim) {
    var rows = connection.preparedQuery(LOOK).execute(Tuple.of(key)).await();
    if (rows.size() == 0) {
      throw new IllegalStateException("the ledger lost an announced row");
    }
    Row row = rows.iterator().next();
    JsonObject diff = row.getJsonObject("diff");
    if (diff != null) {
      return Diff.of(diff);
    }
    if (row.getLong("fence") != claim.fence()) {
      throw new ClaimLost(claim);
    }
    return null;
  }

  static void write(SqlConnection connection, UUID key, Claim claim, Diff diff) {
    var written =
        connection
            .preparedQuery(WRITE)
            .execute(Tuple.of(key, claim.fence(), diff.toJson().encode()))
            .await();
    if (written.rowCount() != 1) {
      throw new IllegalStateException("the ledger's row changed under its lock");
    }
  }
}
