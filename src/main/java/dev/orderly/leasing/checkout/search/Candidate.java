package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.KnownTypes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.UUID;

/**
 * A queued item whose place in its queue this transaction has locked.
 *
 * @param rank its place in its queue, lowest first
 * @param limitKey what its leases are counted under; null if its type has no limits
 * @param input JSON as the database writes it: nobody here reads it
 * @param fence of its last lease
 * @param submittedBefore whether it ever had a result
 * @param seenAt the database's time when it was found
 */
public record Candidate(
    UUID id,
    UUID orderId,
    String orderType,
    String typeVersion,
    String type,
    String key,
    int priority,
    long rank,
    String limitKey,
    String input,
    int attempts,
    int maxAttempts,
    int releases,
    JsonArray reviewErrors,
    JsonObject error,
    long fence,
    boolean submittedBefore,
    OffsetDateTime seenAt) {

  static final String COLUMNS =
      """
      id, order_id, order_type, type_version, type, key, priority, rank, limit_key, input::text as input, attempts,
      max_attempts, releases, review_errors, error, fence, submitted_at is not null as submitted_before
      """;

  /**
   * What continues a search that has locked rows {@code q} of the queue: each is looked up by its
   * id, however many the planner thinks there are.
   */
  static final String OF_QUEUE =
      "cross join lateral (select " + COLUMNS + " from work_items where id = q.item_id offset 0) i";

  /** Highest priority first, then oldest, where waiting makes up for priority; ids sort by age. */
  static final Comparator<Candidate> ORDER =
      Comparator.comparingLong(Candidate::rank)
          .thenComparingInt(candidate -> -candidate.priority())
          .thenComparing(candidate -> candidate.id().toString());

  /**
   * @param row with {@link #COLUMNS} and {@code seen_at}
   */
  static Candidate of(Row row) {
    return new Candidate(
        row.getUUID("id"),
        row.getUUID("order_id"),
        row.getString("order_type"),
        row.getString("type_version"),
        row.getString("type"),
        row.getString("key"),
        row.getInteger("priority"),
        row.getLong("rank"),
        row.getString("limit_key"),
        row.getString("input"),
        row.getInteger("attempts"),
        row.getInteger("max_attempts"),
        row.getInteger("releases"),
        row.getJsonArray("review_errors"),
        row.getJsonObject("error"),
        row.getLong("fence"),
        row.getBoolean("submitted_before"),
        row.getOffsetDateTime("seen_at"));
  }

  /** The same item in another place. */
  Candidate at(long otherRank) {
    return new Candidate(
        id,
        orderId,
        orderType,
        typeVersion,
        type,
        key,
        priority,
        otherRank,
        limitKey,
        input,
        attempts,
        maxAttempts,
        releases,
        reviewErrors,
        error,
        fence,
        submittedBefore,
        seenAt);
  }

  public KnownTypes.Version version() {
    return new KnownTypes.Version(orderType, typeVersion);
  }
}
