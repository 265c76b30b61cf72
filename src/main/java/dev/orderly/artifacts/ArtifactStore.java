package dev.orderly.artifacts;

import dev.orderly.artifacts.Artifacts.Upload;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** The rows of artifacts, and how much each tenant has. */
final class ArtifactStore {
  private static final String FIND =
      "select " + Artifact.COLUMNS + " from artifacts where tenant = $1 and sha256 = $2";

  private static final String TOUCH =
      "update artifacts set touched_at = clock_timestamp() where tenant = $1 and sha256 = $2 returning "
          + Artifact.COLUMNS;

  private static final String LOCK =
      "select id from artifacts where tenant = $1 and sha256 = $2 for update";

  // In a statement of its own after the lock: only then does it see every use there is.
  private static final String RELABEL =
      """
      update artifacts a set media_type = $3 where a.tenant = $1 and a.sha256 = $2
        and not exists (select from artifact_uses u where u.tenant = a.tenant and u.sha256 = a.sha256)
      returning\s"""
          + Artifact.COLUMNS;

  private static final String INSERT =
      """
      insert into artifacts (id, tenant, sha256, bytes, media_type, place,
        uploaded_by_type, uploaded_by_id, uploaded_by_agent_id)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      on conflict (tenant, sha256) do nothing
      returning\s"""
          + Artifact.COLUMNS;

  private static final String COUNT =
      """
      insert into artifact_totals as t (tenant, bytes) select $1, $2::bigint where $2::bigint <= $3::bigint
      on conflict (tenant) do update set bytes = t.bytes + excluded.bytes
        where t.bytes + excluded.bytes <= $3::bigint
      returning t.bytes
      """;

  private static final String TOTAL = "select bytes from artifact_totals where tenant = $1";

  private ArtifactStore() {}

  /** Null if there is none. */
  static Future<Artifact> find(SqlClient client, String tenant, String sha256) {
    return client.preparedQuery(FIND).execute(Tuple.of(tenant, sha256)).map(ArtifactStore::first);
  }

  /** Has it kept from now on as if it had just been uploaded; null if there is none. */
  static Future<Artifact> touch(SqlClient client, String tenant, String sha256) {
    return client.preparedQuery(TOUCH).execute(Tuple.of(tenant, sha256)).map(ArtifactStore::first);
  }

  /**
   * Gives it another media type unless a submission has named it under the one that it has.
   *
   * @return null if it keeps what it has
   */
  static Future<Artifact> relabel(
      SqlConnection connection, String tenant, String sha256, String mediaType) {
    return connection
        .preparedQuery(LOCK)
        .execute(Tuple.of(tenant, sha256))
        .compose(
            locked ->
                connection.preparedQuery(RELABEL).execute(Tuple.of(tenant, sha256, mediaType)))
        .map(ArtifactStore::first);
  }

  /** Null if another one of the digest is there, or comes to be before this one. */
  static Future<Artifact> insert(
      SqlConnection connection,
      UUID id,
      Upload upload,
      String mediaType,
      long bytes,
      String place) {
    var caller = upload.caller();
    return connection
        .preparedQuery(INSERT)
        .execute(
            Tuple.tuple()
                .addUUID(id)
                .addString(caller.tenant())
                .addString(upload.sha256())
                .addLong(bytes)
                .addString(mediaType)
                .addString(place)
                .addString(caller.actor().kind().wire())
                .addString(caller.actor().id())
                .addString(caller.agentId()))
        .map(ArtifactStore::first);
  }

  /** Adds to the tenant's total, unless that would be more than it may have. */
  static Future<Boolean> count(SqlConnection connection, String tenant, long bytes, long most) {
    return connection
        .preparedQuery(COUNT)
        .execute(Tuple.of(tenant, bytes, most))
        .map(rows -> rows.size() == 1);
  }

  /** How many bytes the tenant has. */
  static Future<Long> total(Pool pool, String tenant) {
    return pool.preparedQuery(TOTAL)
        .execute(Tuple.of(tenant))
        .map(rows -> rows.size() == 0 ? 0L : rows.iterator().next().getLong("bytes"));
  }

  private static Artifact first(RowSet<Row> rows) {
    return rows.size() == 0 ? null : Artifact.of(rows.iterator().next());
  }
}
