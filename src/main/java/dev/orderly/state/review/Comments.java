package dev.orderly.state.review;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.state.Commands;
import dev.orderly.state.OrderRow;
import dev.orderly.state.OrderStore;
import dev.orderly.state.review.ReviewMessages.AddComment;
import dev.orderly.storage.Ids;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;

/** What reviewers, proposers and agents have to say to each other about an order. */
public final class Comments {
  /** What {@link #json} reads. */
  public static final String COLUMNS =
      "id, order_id, item_id, pointer, text, author_type, author_id, agent_id, created_at";

  private static final String ADD =
      """
      insert into work_comments (id, tenant, order_id, item_id, pointer, text, author_type, author_id, agent_id)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning
      """
          + COLUMNS;

  private static final String HAS_ITEM = "select 1 from work_items where id = $2 and order_id = $1";

  private static final String TAKES_PART =
      """
      select 1 where exists (
          select from work_items
          where order_id = $1 and (leased_by_agent_id = $2 or submitted_by_agent_id = $2))
        or exists (select from lease_bundles where order_id = $1 and agent_id = $2)
      """;

  private final Commands commands;

  Comments(Commands commands) {
    this.commands = commands;
  }

  Answer run(AddComment command) {
    return commands.run(command.idempotency(), connection -> add(connection, command));
  }

  private static Answer add(SqlConnection connection, AddComment command) {
    var caller = command.caller();
    var order = OrderStore.find(connection, caller.tenant(), command.orderId());
    requireParty(connection, order, command);
    var item = command.itemId();
    if (item != null && !any(connection, HAS_ITEM, Tuple.of(order.id(), item))) {
      throw Rejected.invalid(
          "Order %s has no item %s".formatted(order.id(), item),
          List.of(new Violation("/item_id", "not_in_order", "is no item of this order")));
    }
    var row =
        connection
            .preparedQuery(ADD)
            .execute(
                Tuple.of(Ids.next(), caller.tenant(), order.id(), item, command.pointer())
                    .addString(command.text())
                    .addString(caller.actor().kind().wire())
                    .addString(caller.actor().id())
                    .addString(caller.agentId()))
            .await()
            .iterator()
            .next();
    var comment = json(row);
    AuditLog.append(
            connection,
            List.of(
                Event.of(order.tenant(), order.id(), item, EventType.COMMENTED, caller.actor())
                    .payload(
                        new JsonObject()
                            .put("comment_id", comment.getString("id"))
                            .put("pointer", command.pointer()))
                    .message(command.text())
                    .request(caller.requestId())))
        .await();
    return Answer.of(201, new JsonObject().put("comment", comment));
  }

  private static void requireParty(SqlConnection connection, OrderRow order, AddComment command) {
    var caller = command.caller();
    boolean proposer =
        command.mayPropose()
            && order.requestedByType().equals(caller.actor().kind().wire())
            && order.requestedById().equals(caller.actor().id());
    boolean party =
        command.mayReview()
            || proposer
            || (command.mayWork()
                && any(connection, TAKES_PART, Tuple.of(order.id(), caller.agentId())));
    if (!party) {
      throw new Rejected(
              ErrorCode.FORBIDDEN,
              "Only reviewers, who proposed order %s, and agents that hold or submitted an item of it may comment on it"
                  .formatted(order.id()))
          .next("Use a token with the scope work.approve or work.reject");
    }
  }

  private static boolean any(SqlConnection connection, String sql, Tuple parameters) {
    return connection.preparedQuery(sql).execute(parameters).await().size() > 0;
  }

  public static JsonObject json(Row row) {
    var item = row.getUUID("item_id");
    return new JsonObject()
        .put("id", row.getUUID("id").toString())
        .put("order_id", row.getUUID("order_id").toString())
        .put("item_id", item == null ? null : item.toString())
        .put("pointer", row.getString("pointer"))
        .put("text", row.getString("text"))
        .put(
            "author",
            new JsonObject()
                .put("type", row.getString("author_type"))
                .put("id", row.getString("author_id")))
        .put("agent_id", row.getString("agent_id"))
        .put("created_at", row.getOffsetDateTime("created_at").toInstant().toString());
  }
}
