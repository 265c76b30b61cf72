package dev.orderly.idempotency;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import dev.orderly.storage.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
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
      select kh, bh, s, b, now() + make_interval(hours => $5)
      from (select unnest($1::bytea[]) as kh, unnest($2::bytea[]) as bh, unnest($3::int[]) as s,
        unnest($4::text[]) as b) x
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
    var locked = connection.preparedQuery(LOCK).execute(Tuple.of(hash(key).getLong(0)));
    var earlier = Pipeline.both(locked, find(connection, List.of(key))).await().get(key);
    if (!locked.result().iterator().next().getBoolean("free")) {
      throw inProgress();
    }
    return earlier == null ? null : earlier.await();
  }

  /**
   * Looks for earlier answers without claiming anything; {@link #storeAll} then refuses whatever
   * was answered in between.
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
    keys.forEach(key -> byHash.put(hash(key), key));
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
    if (!row.getBuffer("body_hash").equals(bodyHash(key))) {
      throw new Rejected(
          ErrorCode.IDEMPOTENCY_MISMATCH,
          "This idempotency key was used before with another request body; use a new key for a new"
              + " request");
    }
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
      storeAll(connection, Map.of(key, answer));
    }
  }

  /**
   * Stores answers.
   *
   * @throws Rejected if one of the keys was answered by another transaction
   */
  public void storeAll(SqlConnection connection, Map<IdempotencyKey, Answer> answers) {
    keep(connection, answers).await();
  }

  /** As {@link #storeAll}, on an event loop. */
  public Future<Void> keep(SqlConnection connection, Map<IdempotencyKey, Answer> answers) {
    if (answers.isEmpty()) {
      return Future.succeededFuture();
    }
    var keys = List.copyOf(answers.keySet());
    return connection
        .preparedQuery(STORE)
        .execute(
            Tuple.tuple()
                .addArrayOfBuffer(keys.stream().map(IdempotencyStore::hash).toArray(Buffer[]::new))
                .addArrayOfBuffer(
                    keys.stream().map(IdempotencyStore::bodyHash).toArray(Buffer[]::new))
                .addArrayOfInteger(
                    keys.stream().map(k -> answers.get(k).status()).toArray(Integer[]::new))
                .addArrayOfString(
                    keys.stream().map(k -> answers.get(k).body().encode()).toArray(String[]::new))
                .addInteger(keepHours))
        .compose(
            stored ->
                stored.rowCount() == keys.size()
                    ? Future.succeededFuture()
                    : Future.failedFuture(inProgress()));
  }

  /** Puts a fuller answer in the place of the first, once there is one. */
  public void amend(SqlConnection connection, IdempotencyKey key, Answer answer) {
    if (key != null) {
      connection
          .preparedQuery(AMEND)
          .execute(Tuple.of(hash(key), answer.status(), answer.body().encode()))
          .await();
    }
  }

  private static Buffer bodyHash(IdempotencyKey key) {
    return Buffer.buffer(HexFormat.of().parseHex(key.bodyHash()));
  }

  private static Buffer hash(IdempotencyKey key) {
    var all = String.join("\n", key.tenant(), key.caller(), key.operation(), key.key());
    return Buffer.buffer(Sha256.digest(all.getBytes(StandardCharsets.UTF_8)));
  }
}
