package dev.orderly.idempotency;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers the answers to keyed requests, in the transaction of their effect. A transaction first
 * claims its keys: at most one holds a key at a time, so duplicates that run at the same moment
 * have one effect. A refused command stores nothing and the key may be used again.
 */
public final class IdempotencyStore {
  private static final String LOOK_UP =
      """
      select key_hash, body_hash, status, body from idempotency_keys
      where key_hash = any($1) and expires_at > now()
      """;

  private static final String LOCK = "select pg_try_advisory_xact_lock($1) as free";

  private static final String STORE =
      """
      insert into idempotency_keys as k (key_hash, body_hash, status, body, expires_at)
      select kh, bh, s, b, coalesce(since, now()) + make_interval(hours => $6)
      from (select unnest($1::bytea[]) as kh, unnest($2::bytea[]) as bh, unnest($3::int[]) as s,
        unnest($4::text[]) as b, unnest($5::timestamptz[]) as since) x
      where coalesce(since, now()) + make_interval(hours => $6) > now()
      on conflict (key_hash) do update set body_hash = excluded.body_hash, status = excluded.status,
        body = excluded.body, created_at = clock_timestamp(), expires_at = excluded.expires_at
      where k.expires_at <= now()
      """;

  private static final String AMEND =
      "update idempotency_keys set status = $2, body = $3 where key_hash = $1";

  private final int keepHours;

  /**
   * @param keepHours how long an answer is replayed
   */
  public IdempotencyStore(int keepHours) {
    this.keepHours = keepHours;
  }

  /**
   * An answer that is to be kept.
   *
   * @param key the digest of its key
   * @param body the digest of its request's body
   * @param since when it was given; null means now
   */
  public record Kept(Buffer key, Buffer body, Answer answer, OffsetDateTime since) {}

  /** How long an answer is replayed. */
  public int keepHours() {
    return keepHours;
  }

  /**
   * Claims one key, if there is one.
   *
   * @param key null means that the request has none
   * @return the earlier answer, or null if the command is to run
   * @throws Rejected if the key is in use, or was used for another body
   */
  public Answer claim(SqlConnection connection, IdempotencyKey key) {
    if (key == null) {
      return null;
    }
    var locked = connection.preparedQuery(LOCK).execute(Tuple.of(key.digest().getLong(0)));
    var earlier = Pipeline.both(locked, find(connection, List.of(key))).await().get(key);
    if (earlier != null) {
      return earlier.await();
    }
    if (!locked.result().iterator().next().getBoolean("free")) {
      throw inProgress();
    }
    return null;
  }

  /**
   * Looks for earlier answers without claiming anything; {@link #keep} then refuses whatever was
   * answered in between.
   *
   * @return for each key that was used an answer, or the rejection if it was for another body
   */
  public Map<IdempotencyKey, Future<Answer>> lookUp(SqlClient client, List<IdempotencyKey> keys) {
    return find(client, keys).await();
  }

  /** As {@link #lookUp}, on an event loop. */
  public Future<Map<IdempotencyKey, Future<Answer>>> find(
      SqlClient client, List<IdempotencyKey> keys) {
    if (keys.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    var byHash = new HashMap<Buffer, IdempotencyKey>();
    keys.forEach(key -> byHash.put(key.digest(), key));
    return client
        .preparedQuery(LOOK_UP)
        .execute(Tuple.tuple().addArrayOfBuffer(byHash.keySet().toArray(Buffer[]::new)))
        .map(rows -> answers(byHash, rows));
  }

  private static Map<IdempotencyKey, Future<Answer>> answers(
      Map<Buffer, IdempotencyKey> byHash, RowSet<Row> rows) {
    var found = new HashMap<IdempotencyKey, Future<Answer>>();
    for (Row row : rows) {
      var key = byHash.get(row.getBuffer("key_hash"));
      try {
        found.put(key, Future.succeededFuture(earlier(key, row)));
      } catch (Rejected mismatch) {
        found.put(key, Future.failedFuture(mismatch));
      }
    }
    return found;
  }

  private static Answer earlier(IdempotencyKey key, Row row) {
    key.requireSameBody(row.getBuffer("body_hash"));
    return new Answer(row.getInteger("status"), new JsonObject(row.getString("body")), true);
  }

  private static Rejected inProgress() {
    return new Rejected(
        ErrorCode.IDEMPOTENCY_IN_PROGRESS,
        "A request with this idempotency key is running; ask again shortly with the same key");
  }

  /** Stores the answer of a claimed key, if there is one. */
  public void store(SqlConnection connection, IdempotencyKey key, Answer answer) {
    if (key != null) {
      keep(connection, Map.of(key, answer)).await();
    }
  }

  /** Stores answers. Fails with {@link Rejected} if one of the keys was answered before. */
  public Future<Void> keep(SqlConnection connection, Map<IdempotencyKey, Answer> answers) {
    if (answers.isEmpty()) {
      return Future.succeededFuture();
    }
    var kept = new ArrayList<Kept>();
    answers.forEach(
        (key, answer) -> kept.add(new Kept(key.digest(), key.bodyDigest(), answer, null)));
    return write(connection, kept)
        .compose(
            stored ->
                stored.rowCount() == kept.size()
                    ? Future.succeededFuture()
                    : Future.failedFuture(inProgress()));
  }

  /**
   * Takes over answers that were kept elsewhere; fails with {@link Rejected} if one of the keys in
   * use now has an answer then.
   *
   * @param keys those of the requests that are about to be answered
   */
  public Future<Void> adopt(SqlConnection connection, List<Kept> kept, List<IdempotencyKey> keys) {
    return Pipeline.both(write(connection, kept), find(connection, keys))
        .compose(
            found ->
                found.isEmpty() ? Future.succeededFuture() : Future.failedFuture(inProgress()));
  }

  private Future<RowSet<Row>> write(SqlConnection connection, List<Kept> kept) {
    return connection
        .preparedQuery(STORE)
        .execute(
            Tuple.tuple()
                .addArrayOfBuffer(kept.stream().map(Kept::key).toArray(Buffer[]::new))
                .addArrayOfBuffer(kept.stream().map(Kept::body).toArray(Buffer[]::new))
                .addArrayOfInteger(
                    kept.stream().map(k -> k.answer().status()).toArray(Integer[]::new))
                .addArrayOfString(
                    kept.stream().map(k -> k.answer().body().encode()).toArray(String[]::new))
                .addArrayOfOffsetDateTime(
                    kept.stream().map(Kept::since).toArray(OffsetDateTime[]::new))
                .addInteger(keepHours));
  }

  /** Puts a fuller answer in the place of the first, once there is one. */
  public void amend(SqlConnection connection, IdempotencyKey key, Answer answer) {
    if (key != null) {
      connection
          .preparedQuery(AMEND)
          .execute(Tuple.of(key.digest(), answer.status(), answer.body().encode()))
          .await();
    }
  }
}
