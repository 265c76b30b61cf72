package dev.orderly.state.review;

import dev.orderly.domain.Progress.OnItemFailure;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;
import java.util.UUID;

/** What an order asks of its reviewers, as its type said when it was proposed. It never changes. */
record OrderPolicy(
    int quorum, boolean fourEyes, boolean digestRequired, OnItemFailure onItemFailure) {
  private static final String FIND =
      """
      select review_quorum, review_four_eyes, review_digest_required, on_item_failure
      from work_orders where id = $1
      """;

  /** Of an order that exists. */
  static OrderPolicy of(SqlClient client, UUID order) {
    var row = client.preparedQuery(FIND).execute(Tuple.of(order)).await().iterator().next();
    return new OrderPolicy(
        row.getInteger("review_quorum"),
        row.getBoolean("review_four_eyes"),
        row.getBoolean("review_digest_required"),
        OnItemFailure.valueOf(row.getString("on_item_failure").toUpperCase(Locale.ROOT)));
  }
}
