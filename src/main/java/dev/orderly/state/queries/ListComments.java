package dev.orderly.state.queries;

import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.state.StateMessages.Page;
import dev.orderly.state.review.Comments;
import dev.orderly.state.review.ReviewMessages;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
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
    if (request.size() < 1 || request.size() > SIZE_MAX) {
      throw refused(
          "page[size]",
          BadParameter.malformed("must be a whole number from 1 to %d".formatted(SIZE_MAX)));
    }
    var before = before(request);
    return reads.plain(client -> read(client, request, before));
  }

  private static Page read(SqlClient client, ReviewMessages.ListComments request, UUID before) {
    var order = Tuple.of(request.orderId(), request.tenant());
    if (client.preparedQuery(KNOWS_ORDER).execute(order).await().size() == 0) {
      throw Rejected.notFound("order", request.orderId());
    }
    var rows =
        client
            .preparedQuery(FIND)
            .execute(Tuple.of(request.orderId(), request.tenant(), before, request.size() + 1L))
            .await();
    boolean hasMore = rows.size() > request.size();
    var comments = new JsonArray();
    String next = null;
    for (Row row : rows) {
      if (comments.size() == request.size()) {
        break;
      }
      comments.add(Comments.json(row));
      next = hasMore ? cursor(request, row.getUUID("id")) : null;
    }
    var page =
        new JsonObject().put("size", request.size()).put("next", next).put("has_more", hasMore);
    return new Page(new JsonObject().put("data", comments).put("page", page));
  }

  private static String cursor(ReviewMessages.ListComments request, UUID id) {
    return Opaque.encode(
        new JsonObject().put("comments", request.orderId().toString()).put("id", id.toString()));
  }

  /** The id that the page's comments are below. */
  private static UUID before(ReviewMessages.ListComments request) {
    if (request.after() == null) {
      return LAST;
    }
    try {
      var content = Opaque.decode(request.after());
      if (request.orderId().toString().equals(content.getValue("comments"))
          && content.getValue("id") instanceof String id) {
        return Values.uuid(id);
      }
      throw Opaque.notOurs();
    } catch (BadParameter e) {
      throw refused("page[after]", e);
    }
  }

  private static Rejected refused(String parameter, BadParameter bad) {
    return new Rejected(
        bad.code(),
        "'%s': %s".formatted(parameter, bad.getMessage()),
        List.<Violation>of(bad.of(parameter)),
        List.of());
  }
}
