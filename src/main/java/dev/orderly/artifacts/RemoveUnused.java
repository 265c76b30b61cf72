package dev.orderly.artifacts;

import dev.orderly.storage.Tx;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;

/** Removes what nothing refers to. On virtual threads; two nodes may be at it at once. */
public final class RemoveUnused {
  private static final int BATCH = 20;

  private static final String LOCK =
      """
      select id from artifacts a where touched_at < clock_timestamp() - make_interval(secs => $1)
        and not exists (select from artifact_uses u where u.tenant = a.tenant and u.sha256 = a.sha256)
      order by touched_at limit $2 for update of a skip locked
      """;

  // A statement of its own: what began to refer to one until it was locked is seen only now.
  private static final String DELETE =
      """
      delete from artifacts a where id = any($1)
        and not exists (select from artifact_uses u where u.tenant = a.tenant and u.sha256 = a.sha256)
      returning id, tenant, bytes, place
      """;

  private static final String CHUNKS = "delete from artifact_chunks where artifact_id = any($1)";

  private static final String LEFT =
      """
      delete from artifact_writes where artifact_id = any(array(
        select artifact_id from artifact_writes
        where began_at < clock_timestamp() - make_interval(secs => $1)
        limit $2 for update skip locked))
      returning artifact_id
      """;

  private static final String COUNT =
      "update artifact_totals set bytes = bytes - $2 where tenant = $1";

  private static final String KNOWN = "select id from artifacts where id = any($1)";

  private final Pool pool;
  private final Duration keep;
  private final SharedDirectory directory;
  private final InstantSource clock;

  /**
   * @param keep how long what nothing refers to stays after its last upload
   * @param directory with artifacts in files; null if there is none
   */
  public RemoveUnused(Vertx vertx, Pool pool, Duration keep, Path directory, InstantSource clock) {
    this.pool = pool;
    this.keep = keep;
    this.directory = directory == null ? null : new SharedDirectory(vertx, directory);
    this.clock = clock;
  }

  private record Removed(UUID id, boolean inDirectory) {}

  /**
   * @return how many were removed
   */
  public long artifacts() {
    long all = 0;
    List<Removed> removed;
    do {
      removed = new Tx(pool).run(this::some);
      removed.stream()
          .filter(Removed::inDirectory)
          .filter(one -> directory != null)
          .forEach(one -> directory.remove(one.id()));
      all += removed.size();
    } while (removed.size() == BATCH);
    return all;
  }

  private List<Removed> some(SqlConnection connection) {
    var locked =
        connection.preparedQuery(LOCK).execute(Tuple.of((double) keep.toSeconds(), BATCH)).await();
    var ids = new ArrayList<UUID>();
    locked.forEach(row -> ids.add(row.getUUID("id")));
    var removed = new ArrayList<Removed>();
    for (Row row :
        connection
            .preparedQuery(DELETE)
            .execute(Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
            .await()) {
      connection
          .preparedQuery(COUNT)
          .execute(Tuple.of(row.getString("tenant"), row.getLong("bytes")))
          .await();
      removed.add(
          new Removed(row.getUUID("id"), row.getString("place").equals(SharedDirectory.PLACE)));
    }
    chunks(connection, removed.stream().map(Removed::id).toList());
    return removed;
  }

  private static void chunks(SqlConnection connection, List<UUID> ids) {
    connection
        .preparedQuery(CHUNKS)
        .execute(Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new)))
        .await();
  }

  /**
   * Removes bytes that never came to have a row, or lost it and were not deleted then: a node died
   * in between.
   *
   * @return of how many artifacts
   */
  public long leftovers() {
    long all = 0;
    int some;
    do {
      some = new Tx(pool).run(RemoveUnused::someWrites);
      all += some;
    } while (some == BATCH);
    return all + (directory == null ? 0 : files());
  }

  private static int someWrites(SqlConnection connection) {
    var ids = new ArrayList<UUID>();
    connection
        .preparedQuery(LEFT)
        .execute(Tuple.of((double) Contents.LONGEST_WAY.toSeconds(), BATCH))
        .await()
        .forEach(row -> ids.add(row.getUUID("artifact_id")));
    chunks(connection, ids);
    return ids.size();
  }

  private long files() {
    var old = directory.olderThan(clock.instant().minus(Contents.LONGEST_WAY));
    var known = new HashSet<UUID>();
    for (int from = 0; from < old.size(); from += 1000) {
      var some = old.subList(from, Math.min(old.size(), from + 1000));
      pool.preparedQuery(KNOWN)
          .execute(Tuple.tuple().addArrayOfUUID(some.toArray(UUID[]::new)))
          .await()
          .forEach(row -> known.add(row.getUUID("id")));
    }
    var orphans = old.stream().filter(id -> !known.contains(id)).toList();
    orphans.forEach(directory::remove);
    return orphans.size();
  }
}
