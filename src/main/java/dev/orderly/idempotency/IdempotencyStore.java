package dev.orderly.idempotency;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
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
      select x.n, k.body_hash, k.status, k.body::text as body
      from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bytea[])
        as x(n, tenant, caller, operation, key_hash)
      join idempotency_keys k on k.tenant = x.tenant and k.caller = x.caller
        and k.operation = x.operation and k.key_hash = x.key_hash and k.expires_at > now()
      """;

  private static final String FIND =
      """
      select x.n, k.body_hash, k.status, k.body::text as body, pg_try_advisory_xact_lock(x.lock) as free
      from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bigint[])
        as x(n, tenant, caller, operation, key_hash, lock)
      left join idempotency_keys k on k.tenant = x.tenant and k.caller = x.caller
        and k.operation = x.operation and k.key_hash = x.key_hash and k.expires_at > now()
      """;

  // The lock was taken after FIND's snapshot: a holder may have committed in between.
  private static final String STORE =
      """
      insert into idempotency_keys as k
        (tenant, caller, operation, key_hash, body_hash, status, body, expires_at)
      select t, c, o, kh, bh, s, b::jsonb, now() + make_interval(hours => $8)
      from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::int[], $7::text[])
        as x(t, c, o, kh, bh, s, b)
      on conflict (tenant, caller, operation, key_hash) do update set body_hash = excluded.body_hash,
        status = excluded.status, body = excluded.body, created_at = clock_timestamp(),
        expires_at = excluded.expires_at
      where k.expires_at <= now()
      """;

  private static final String AMEND =
      """
      update idempotency_keys set status = $5, body = $6::text::jsonb
      where tenant = $1 and caller = $2 and operation = $3 and key_hash = $4
      """;

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
    var row =
        connection
            .preparedQuery(FIND)
            .execute(columns(List.of(key)).addArrayOfLong(new Long[] {lockOf(key)}))
            .await()
            .iterator()
            .next();
    if (row.getInteger("status") != null) {
      return earlier(key, row);
    }
    if (!row.getBoolean("free")) {
      throw inProgress();
    }
    return null;
  }

  /**
   * Looks for earlier answers without claiming anything; {@link #storeAll} then refuses whatever
   * was answered in between.
   *
   * @return for each key that was used an answer, or the rejection if it was for another body
   */
  public Map<IdempotencyKey, Future<Answer>> lookUp(SqlClient client, List<IdempotencyKey> keys) {
    if (keys.isEmpty()) {
      return Map.of();
    }
    var found = new HashMap<IdempotencyKey, Future<Answer>>();
    for (Row row : client.preparedQuery(LOOK_UP).execute(columns(keys)).await()) {
      var key = keys.get(row.getInteger("n"));
      try {
        found.put(key, Future.succeededFuture(earlier(key, row)));
      } catch (Rejected mismatch) {
        found.put(key, Future.failedFuture(mismatch));
      }
    }
    return found;
  }

  private static Tuple columns(List<IdempotencyKey> keys) {
    var numbers = new Integer[keys.size()];
    Arrays.setAll(numbers, i -> i);
    return Tuple.tuple()
        .addArrayOfInteger(numbers)
        .addArrayOfString(strings(keys, IdempotencyKey::tenant))
        .addArrayOfString(strings(keys, IdempotencyKey::caller))
        .addArrayOfString(strings(keys, IdempotencyKey::operation))
        .addArrayOfBuffer(keys.stream().map(k -> hash(k.key())).toArray(Buffer[]::new));
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
   * @throws Rejected if one of the keys was answered by another transaction in between
   */
  public void storeAll(SqlConnection connection, Map<IdempotencyKey, Answer> answers) {
    if (answers.isEmpty()) {
      return;
    }
    var keys = List.copyOf(answers.keySet());
    var stored =
        connection
            .preparedQuery(STORE)
            .execute(
                Tuple.tuple()
                    .addArrayOfString(strings(keys, IdempotencyKey::tenant))
                    .addArrayOfString(strings(keys, IdempotencyKey::caller))
                    .addArrayOfString(strings(keys, IdempotencyKey::operation))
                    .addArrayOfBuffer(keys.stream().map(k -> hash(k.key())).toArray(Buffer[]::new))
                    .addArrayOfBuffer(
                        keys.stream().map(IdempotencyStore::bodyHash).toArray(Buffer[]::new))
                    .addArrayOfInteger(
                        keys.stream().map(k -> answers.get(k).status()).toArray(Integer[]::new))
                    .addArrayOfString(strings(keys, key -> answers.get(key).body().encode()))
                    .addInteger(keepHours))
            .await();
    if (stored.rowCount() != keys.size()) {
      throw inProgress();
    }
  }

  /** Puts a fuller answer in the place of the first, once there is one. */
  public void amend(SqlConnection connection, IdempotencyKey key, Answer answer) {
    if (key != null) {
      connection
          .preparedQuery(AMEND)
          .execute(
              Tuple.tuple()
                  .addString(key.tenant())
                  .addString(key.caller())
                  .addString(key.operation())
                  .addBuffer(hash(key.key()))
                  .addInteger(answer.status())
                  .addString(answer.body().encode()))
          .await();
    }
  }

  private static String[] strings(
      List<IdempotencyKey> keys, java.util.function.Function<IdempotencyKey, String> part) {
    return keys.stream().map(part).toArray(String[]::new);
  }

  private static Buffer bodyHash(IdempotencyKey key) {
    return Buffer.buffer(HexFormat.of().parseHex(key.bodyHash()));
  }

  private static long lockOf(IdempotencyKey key) {
    var all = String.join("\n", key.tenant(), key.caller(), key.operation(), key.key());
    return ByteBuffer.wrap(hash(all).getBytes()).getLong();
  }

  private static Buffer hash(String text) {
    try {
      return Buffer.buffer(
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
