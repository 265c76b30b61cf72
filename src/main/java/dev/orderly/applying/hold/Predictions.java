package dev.orderly.applying.hold;

import dev.orderly.applying.claim.Claim;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.types.Diff;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.UUID;

/** The stored predictions of changes. */
public final class Predictions {
  private static final String FIND =
      """
      select basis, digest, diff, predicted_by, predicted_at, effect_begun_at is not null as begun
      from order_predictions where order_id = $1
      """;

  private static final String FIND_APPROVED = FIND + " and approved_at is not null";

  // Under the order's lock: what was approved stays. Another prediction of the same submissions
  // begins another round of review: nobody has approved that one yet.
  private static final String KEEP =
      """
      with open as (
        select id, tenant from work_orders where id = $1 and state = 'submitted' for no key update),
      round as (
        update work_orders o set review_round = review_round + 1 from open
        where o.id = open.id and exists (
          select from order_predictions p where p.order_id = open.id and p.basis = $2 and p.digest <> $3))
      insert into order_predictions (order_id, tenant, basis, digest, diff, predicted_by)
      select id, tenant, $2, $3, $4::text::jsonb, $5 from open
      on conflict (order_id) do update set basis = excluded.basis, digest = excluded.digest,
        diff = excluded.diff, predicted_by = excluded.predicted_by,
        predicted_at = clock_timestamp(), approved_at = null, effect_begun_at = null
      returning basis, digest, diff, predicted_by, predicted_at, false as begun
      """;

  private static final String BEGIN_EFFECT =
      """
      update order_predictions p set effect_begun_at = coalesce(effect_begun_at, clock_timestamp())
      from (select id from work_orders where id = $1 and apply_fence = $2 and state = 'approved'
        for no key update) o
      where p.order_id = o.id
      """;

  private static final String DROP = "delete from order_predictions where order_id = $1";

  private Predictions() {}

  /**
   * @param basis the submissions that it was made from
   * @param by which way of foretelling it came from
   * @param effectBegun whether the change itself may have been made since
   */
  public record Prediction(
      String basis, String digest, Diff diff, String by, Instant at, boolean effectBegun) {}

  /** An order's prediction; null if there is none. */
  public static Prediction find(SqlClient client, UUID orderId) {
    return first(client.preparedQuery(FIND).execute(Tuple.of(orderId)).await());
  }

  /** The prediction that an order was approved with; null if there was none. */
  public static Prediction approved(SqlClient client, UUID orderId) {
    return first(client.preparedQuery(FIND_APPROVED).execute(Tuple.of(orderId)).await());
  }

  /**
   * Keeps a prediction in the place of any other.
   *
   * @return null if the order is not submitted any more
   */
  public static Prediction keep(
      SqlConnection connection, UUID orderId, String basis, Diff diff, String by) {
    return first(
        connection
            .preparedQuery(KEEP)
            .execute(Tuple.of(orderId, basis, Expected.digest(diff), diff.toJson().encode(), by))
            .await());
  }

  /**
   * From its commit on, the change may have been made.
   *
   * @throws ClaimLost if the claim does not hold the order any more
   */
  public static Void beginEffect(SqlConnection connection, Claim claim) {
    var written =
        connection
            .preparedQuery(BEGIN_EFFECT)
            .execute(Tuple.of(claim.orderId(), claim.fence()))
            .await();
    if (written.rowCount() == 0) {
      throw new ClaimLost(claim);
    }
    return null;
  }

  static void drop(SqlConnection connection, UUID orderId) {
    connection.preparedQuery(DROP).execute(Tuple.of(orderId)).await();
  }

  private static Prediction first(Iterable<Row> rows) {
    for (Row row : rows) {
      return new Prediction(
          row.getString("basis"),
          row.getString("digest"),
          Diff.of(row.getJsonObject("diff")),
          row.getString("predicted_by"),
          row.getOffsetDateTime("predicted_at").toInstant(),
          row.getBoolean("begun"));
    }
    return null;
  }
}
