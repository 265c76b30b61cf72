package dev.orderly.audit;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/** Appends to the audit trail, always inside the transaction of what it records. */
public final class AuditLog {
  // What groups do not share stands in one array for all of them, of which each takes its slice.
  private static final String APPEND =
      """
      insert into event_groups (tenant, order_id, item_id, item_to, item_ids, event, actor_type, actor_id, actor_ids,
        payload, payloads, diff, message, request_id, request_ids)
      select x.tenant, x.order_id, x.item_id, x.item_to, ($12::uuid[])[x.since:x.until], x.event, x.actor_type,
        x.actor_id, case when x.actors then ($13::text[])[x.since:x.until] end,
        x.payload::json, case when x.payloads then ($14::text[])[x.since:x.until]::json[] end,
        x.diff::jsonb, x.message, case when not x.requests then x.request_id end,
        case when x.requests then ($15::text[])[x.since:x.until] end
      from (select unnest($1::text[]) as tenant, unnest($2::uuid[]) as order_id, unnest($3::uuid[]) as item_id,
        unnest($4::uuid[]) as item_to, unnest($5::text[]) as event, unnest($6::text[]) as actor_type,
        unnest($7::text[]) as actor_id, unnest($8::text[]) as payload, unnest($9::text[]) as diff,
        unnest($10::text[]) as message, unnest($11::text[]) as request_id, unnest($16::int[]) as since,
        unnest($17::int[]) as until, unnest($18::bool[]) as actors, unnest($19::bool[]) as payloads,
        unnest($20::bool[]) as requests) x
      """;

  private AuditLog() {}

  /** Records events in their order, as far as they are of one order. */
  public static Future<Void> append(SqlConnection connection, List<Event> events) {
    return events.isEmpty()
        ? Future.succeededFuture()
        : connection.preparedQuery(APPEND).execute(tuple(EventGroup.of(events))).mapEmpty();
  }

  private static Tuple tuple(List<EventGroup> groups) {
    var tuple =
        Tuple.tuple()
            .addArrayOfString(strings(groups, group -> group.first().tenant()))
            .addArrayOfUUID(ids(groups, group -> group.first().orderId()))
            .addArrayOfUUID(ids(groups, EventGroup::lowestItem))
            .addArrayOfUUID(ids(groups, EventGroup::highestItem))
            .addArrayOfString(strings(groups, group -> group.first().type().wire()))
            .addArrayOfString(strings(groups, group -> group.first().actor().kind().wire()))
            .addArrayOfString(strings(groups, group -> group.first().actor().id()))
            .addArrayOfString(strings(groups, group -> group.payloads().common()))
            .addArrayOfString(strings(groups, group -> encode(group.first().diff())))
            .addArrayOfString(strings(groups, group -> group.first().message()))
            .addArrayOfString(strings(groups, group -> group.first().requestId()));
    return addShared(tuple, groups);
  }

  /** What the events of each group have of their own, one group after the other. */
  private static Tuple addShared(Tuple tuple, List<EventGroup> groups) {
    var shared = groups.stream().filter(EventGroup::shared).toList();
    var events = shared.stream().flatMap(group -> group.events().stream()).toList();
    var since = new Integer[groups.size()];
    var until = new Integer[groups.size()];
    int place = 0;
    for (int i = 0; i < since.length; i++) {
      if (groups.get(i).shared()) {
        since[i] = place + 1;
        place += groups.get(i).events().size();
        until[i] = place;
      }
    }
    return tuple
        .addArrayOfUUID(ids(events, Event::itemId))
        .addArrayOfString(strings(events, event -> event.actor().id()))
        .addArrayOfString(shared.stream().flatMap(AuditLog::own).toArray(String[]::new))
        .addArrayOfString(strings(events, Event::requestId))
        .addArrayOfInteger(since)
        .addArrayOfInteger(until)
        .addArrayOfBoolean(flags(groups, group -> !group.sameActor()))
        .addArrayOfBoolean(flags(groups, group -> group.payloads().own() != null))
        .addArrayOfBoolean(flags(groups, group -> !group.sameRequest()));
  }

  private static Stream<String> own(EventGroup group) {
    var own = group.payloads().own();
    return own == null ? Collections.nCopies(group.events().size(), "").stream() : own.stream();
  }

  private static <T> String[] strings(List<T> of, Function<T, String> column) {
    return of.stream().map(column).toArray(String[]::new);
  }

  private static <T> UUID[] ids(List<T> of, Function<T, UUID> column) {
    return of.stream().map(column).toArray(UUID[]::new);
  }

  private static <T> Boolean[] flags(List<T> of, Function<T, Boolean> column) {
    return of.stream().map(column).toArray(Boolean[]::new);
  }

  private static String encode(JsonObject json) {
    return json == null ? null : json.encode();
  }
}
