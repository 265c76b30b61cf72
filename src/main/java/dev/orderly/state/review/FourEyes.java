package dev.orderly.state.review;

import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.Rejected;
import dev.orderly.state.OrderRow;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Nobody approves its own work: neither who proposed the order nor who submitted one of the results
 * that are in force, be it by the same token or as an agent that the reviewer's token stands for.
 */
final class FourEyes {
  private static final String PROPOSER =
      """
      select payload->>'agent_id' as agent from work_events
      where order_id = $1 and event = 'proposed' order by id limit 1
      """;

  private static final String AGENTS =
      """
      select id, submitted_by_agent_id as agent from work_items
      where order_id = $1 and ($2::uuid is null or id = $2)
        and state in ('submitted', 'accepted', 'completed') and submitted_by_agent_id is not null
      order by position
      """;

  private static final String HOLDERS =
      """
      select e.item_id, e.payload->'holder'->>'type' as type, e.payload->'holder'->>'id' as holder,
        e.payload->'parts' as parts
      from work_events e join work_items i on i.id = e.item_id
      where e.order_id = $1 and e.event = 'submitted' and e.item_id is not null
        and ($2::uuid is null or e.item_id = $2) and (e.payload->>'fence')::bigint = i.fence
        and i.state in ('submitted', 'accepted', 'completed')
      order by e.id
      """;

  // A part may come from an earlier lease, and so from another agent than the rest.
  private static final String PARTS =
      """
      select item_id, actor_id as agent, payload->>'part_key' as key, payload->>'seq' as seq,
        payload->>'checksum' as checksum, payload->'holder'->>'type' as type,
        payload->'holder'->>'id' as holder
      from work_events
      where order_id = $1 and event = 'part_submitted' and ($2::uuid is null or item_id = $2)
      """;

  private FourEyes() {}

  /** One part of a result. */
  private record Part(UUID item, String key, String seq, String checksum) {}

  /**
   * @param item null if the order is to be approved as a whole
   * @throws Rejected {@code four_eyes}, saying what makes the reviewer a party
   */
  static void check(SqlClient client, OrderRow order, UUID item, Reviewer reviewer) {
    if (reviewer.is(order.requestedByType(), order.requestedById())) {
      throw refusal(order, "you proposed it");
    }
    for (Row row : client.preparedQuery(PROPOSER).execute(Tuple.of(order.id())).await()) {
      var agent = row.getString("agent");
      if (agent != null && reviewer.standsFor(agent)) {
        throw refusal(
            order, "it was proposed as agent %s, which your token stands for".formatted(agent));
      }
    }
    for (Row row : client.preparedQuery(AGENTS).execute(Tuple.of(order.id(), item)).await()) {
      if (reviewer.standsFor(row.getString("agent"))) {
        throw refusal(
            order,
            "agent %s, which your token stands for, submitted the result of item %s"
                .formatted(row.getString("agent"), row.getUUID("id")));
      }
    }
    var parts = new HashSet<Part>();
    for (Row row : client.preparedQuery(HOLDERS).execute(Tuple.of(order.id(), item)).await()) {
      if (isHolder(reviewer, row)) {
        throw refusal(
            order, "your token submitted the result of item %s".formatted(row.getUUID("item_id")));
      }
      if (row.getJsonArray("parts") != null) {
        row.getJsonArray("parts").forEach(part -> parts.add(part(row, (JsonObject) part)));
      }
    }
    if (!parts.isEmpty()) {
      checkParts(client, order, item, reviewer, parts);
    }
  }

  private static boolean isHolder(Reviewer reviewer, Row row) {
    return row.getString("holder") != null
        && reviewer.is(row.getString("type"), row.getString("holder"));
  }

  private static Part part(Row submitted, JsonObject part) {
    return new Part(
        submitted.getUUID("item_id"),
        part.getString("part_key"),
        String.valueOf(part.getValue("seq")),
        part.getString("checksum"));
  }

  private static void checkParts(
      SqlClient client, OrderRow order, UUID item, Reviewer reviewer, Set<Part> inForce) {
    for (Row row : client.preparedQuery(PARTS).execute(Tuple.of(order.id(), item)).await()) {
      var part =
          new Part(
              row.getUUID("item_id"),
              row.getString("key"),
              row.getString("seq"),
              row.getString("checksum"));
      if (!inForce.contains(part)) {
        continue;
      }
      if (isHolder(reviewer, row)) {
        throw refusal(
            order, "your token submitted part %s of item %s".formatted(part.key(), part.item()));
      }
      if (reviewer.standsFor(row.getString("agent"))) {
        throw refusal(
            order,
            "agent %s, which your token stands for, submitted part %s of item %s"
                .formatted(row.getString("agent"), part.key(), part.item()));
      }
    }
  }

  private static Rejected refusal(OrderRow order, String why) {
    return new Rejected(
            ErrorCode.FOUR_EYES,
            "Order %s needs four eyes to be approved: %s".formatted(order.id(), why))
        .next("Let somebody approve who neither proposed the order nor submitted results of it");
  }
}
