package dev.orderly.auth;

import dev.orderly.domain.Actor;
import dev.orderly.storage.SqlState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The table of tokens. Whether one still holds is decided by the database's clock. Every method
 * waits for the database, so it runs on a virtual thread; one that does not answer is {@code
 * Rejected} as unavailable.
 */
public final class TokenStore {
  /** The most tokens that a list gives. */
  static final int LIST_MAX = 1000;

  private static final String LIVE =
      " revoked_at is null and (expires_at is null or expires_at > now()) ";

  private static final String COLUMNS =
      " id, name, kind, scopes, agents, created_by, created_at, expires_at, revoked_at,"
          + " last_used_at ";

  private static final String FIND =
      "select id, tenant, name, kind, scopes, agents, expires_at,"
          + " last_used_at is null or last_used_at < now() - interval '1 minute' as is_stale"
          + " from api_tokens where token_hash = $1 and"
          + LIVE;

  /** The condition is asked again: of several nodes that saw it stale, one writes. */
  private static final String TOUCH =
      "update api_tokens set last_used_at = now() where id = $1"
          + " and (last_used_at is null or last_used_at < now() - interval '1 minute')";

  /** An expired token keeps its name in the index until it is marked; it ended when it expired. */
  private static final String RETIRE =
      "update api_tokens set revoked_at = expires_at"
          + " where tenant = $1 and name = $2 and revoked_at is null and expires_at <= now()";

  private static final String INSERT =
      "insert into api_tokens (id, tenant, name, kind, token_hash, scopes, agents, created_by,"
          + " created_at, expires_at)"
          + " select $1, $2, $3, $4, $5, $6, $7, $8, now(), $9::timestamptz"
          + " where $9::timestamptz is null or $9::timestamptz > now() returning"
          + COLUMNS;

  private static final String LIST =
      "select"
          + COLUMNS
          + "from api_tokens where tenant = $1"
          + " order by (revoked_at is null) desc, created_at desc, id desc limit "
          + LIST_MAX;

  private static final String REVOKE =
      "update api_tokens set revoked_at = coalesce(revoked_at, now())"
          + " where tenant = $1 and id = $2 returning id";

  private static final String HAS_LIVE =
      "select exists (select from api_tokens where tenant = $1 and $2 = any (scopes) and"
          + LIVE
          + ") as found";

  private static final String KNOWS =
      "select exists (select from api_tokens where token_hash = $1) as found";

  private final SqlClient client;

  /**
   * @param client whose connections have Orderly's schema on their search path
   */
  public TokenStore(SqlClient client) {
    this.client = client;
  }

  /**
   * A token to be stored.
   *
   * @param createdBy who made it, as kind and id
   * @param expiresAt null for never
   */
  record NewToken(
      UUID id,
      String tenant,
      String name,
      Actor.Kind kind,
      String hash,
      List<String> scopes,
      List<String> agents,
      String createdBy,
      Instant expiresAt) {}

  /** Whom a live token stands for, or null. Notes the use, at most once a minute. */
  Principal authenticate(String hash) {
    var rows = query(FIND, Tuple.of(hash));
    if (rows.rowCount() == 0) {
      return null;
    }
    var row = rows.iterator().next();
    if (row.getBoolean("is_stale")) {
      query(TOUCH, Tuple.of(row.getUUID("id")));
    }
    return principal(row);
  }

  /**
   * @return the token as it is shown, or empty if it would have expired already
   * @throws RuntimeException the driver's own, with the constraint {@code api_tokens_live_name}, if
   *     a live token of the tenant has the name
   */
  Optional<JsonObject> insert(NewToken token) {
    query(RETIRE, Tuple.of(token.tenant(), token.name()));
    var expiresAt = token.expiresAt() == null ? null : token.expiresAt().atOffset(ZoneOffset.UTC);
    var values =
        Tuple.of(
                token.id(),
                token.tenant(),
                token.name(),
                token.kind().wire(),
                token.hash(),
                token.scopes().toArray(String[]::new))
            .addArrayOfString(token.agents().toArray(String[]::new))
            .addString(token.createdBy())
            .addOffsetDateTime(expiresAt);
    return stream(query(INSERT, values)).findFirst();
  }

  /** The tenant's tokens without their hashes: live ones first, then the newest first. */
  List<JsonObject> list(String tenant) {
    return stream(query(LIST, Tuple.of(tenant))).toList();
  }

  /**
   * Ends a token; one that has ended keeps its time.
   *
   * @return false if the tenant has no such token
   */
  boolean revoke(String tenant, UUID id) {
    return query(REVOKE, Tuple.of(tenant, id)).rowCount() == 1;
  }

  /** True if the tenant has a live token with that scope. */
  boolean hasLive(String tenant, Scope scope) {
    return found(query(HAS_LIVE, Tuple.of(tenant, scope.wire())));
  }

  /** True if a token with that hash was ever stored, live or not. */
  boolean knows(String hash) {
    return found(query(KNOWS, Tuple.of(hash)));
  }

  private static boolean found(RowSet<Row> rows) {
    return rows.iterator().next().getBoolean("found");
  }

  private RowSet<Row> query(String sql, Tuple values) {
    Future<RowSet<Row>> rows = client.preparedQuery(sql).execute(values);
    try {
      return rows.await();
    } catch (Throwable failure) {
      throw SqlState.explain(failure);
    }
  }

  private static Stream<JsonObject> stream(RowSet<Row> rows) {
    return rows.stream().map(TokenStore::shown);
  }

  private static Principal principal(Row row) {
    var name = row.getString("name");
    var agents = List.of(row.getArrayOfStrings("agents"));
    // A scope that this version does not know grants nothing.
    var scopes =
        Arrays.stream(row.getArrayOfStrings("scopes"))
            .flatMap(wire -> Scope.of(wire).stream())
            .collect(Collectors.toUnmodifiableSet());
    return new Principal(
        row.getUUID("id"),
        row.getString("tenant"),
        new Actor(Actor.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)), name),
        scopes,
        agents.isEmpty() ? List.of(name) : agents,
        instant(row.getOffsetDateTime("expires_at")));
  }

  private static JsonObject shown(Row row) {
    return new JsonObject()
        .put("id", row.getUUID("id").toString())
        .put("name", row.getString("name"))
        .put("kind", row.getString("kind"))
        .put("scopes", new JsonArray(List.of(row.getArrayOfStrings("scopes"))))
        .put("agents", new JsonArray(List.of(row.getArrayOfStrings("agents"))))
        .put("created_by", row.getString("created_by"))
        .put("created_at", time(row.getOffsetDateTime("created_at")))
        .put("expires_at", time(row.getOffsetDateTime("expires_at")))
        .put("revoked_at", time(row.getOffsetDateTime("revoked_at")))
        .put("last_used_at", time(row.getOffsetDateTime("last_used_at")));
  }

  private static String time(OffsetDateTime time) {
    return time == null ? null : time.toInstant().toString();
  }

  private static Instant instant(OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }
}
