package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.queries.parameters.Paged;
import dev.orderly.state.queries.parameters.Values;
import dev.orderly.state.review.Comments;
import dev.orderly.state.review.ReviewMessages;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** An order's comments, newest first, in pages. */
public final class ListComments {
  private static final int SIZE_MAX = 100;
  private static final UUID LAST = new UUID(-1, -1);

  private static final String KNOWS_ORDER =
      "select 1 from work_orders where id = $1 and tenant = $2";

  private static final String FIND =
      """
      select %s from work_comments
      where order_id = $1 and tenant = $2 and id < $3 order by id desc limit $4
      """
          .formatted(Comments.COLUMNS);

  private final Reads reads;

  public ListComments(Pool pool) {
    this.reads = new Reads(pool);
  }

  /**
   * @return {@code data} and {@code page}: size, next (a cursor, or null), has_more
   * @throws Rejected {@code malformed_request} for the size or the cursor; {@code not_found}, also
   *     if the order is another tenant's
   */
  public Page run(ReviewMessages.ListComments request) {
    var paged = new Paged(request.size(), request.after()).atMost(SIZE_MAX);
    var before = paged.place(LAST, content -> before(request, content));
    return reads.plain(client -> read(client, request, paged, before));
  }

  private static Page read(
      SqlClient client, ReviewMessages.ListComments request, Paged paged, UUID before) {
    var order = Tuple.of(request.orderId(), request.tenant());
    if (client.preparedQuery(KNOWS_ORDER).execute(order).await().size() == 0) {
      throw Rejected.notFound("order", request.orderId());
    }
    var rows =
        client
            .preparedQuery(FIND)
            .execute(Tuple.of(request.orderId(), request.tenant(), before, request.size() + 1L))
            .await();
    return paged.of(
        rows,
        Comments::json,
        last ->
            new JsonObject()
                .put("comments", request.orderId().toString())
                .put("id", last.getUUID("id").toString()));
  }

  /** The id that the page's comments are below; null if the cursor is another list's. */
  private static UUID before(ReviewMessages.ListComments request, JsonObject content) {
    return request.orderId().toString().equals(content.getValue("comments"))
            && content.getValue("id") instanceof String id
        ? Values.uuid(id)
        : null;
  }
}
