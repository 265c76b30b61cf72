package dev.orderly.audit;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Appends to the audit trail, always inside the transaction of what it records. */
public final class AuditLog {
  private static final String APPEND =
      """
      insert into work_events
        (tenant, order_id, item_id, event, actor_type, actor_id, payload, diff, message, request_id)
      select unnest($1::text[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[]),
        unnest($6::text[]), unnest($7::text[])::json, unnest($8::text[])::jsonb, unnest($9::text[]),
        unnest($10::text[])
      """;

  private AuditLog() {}

  /** Records events in their order. */
  public static Future<Void> append(SqlConnection connection, List<Event> events) {
    if (events.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(APPEND)
        .execute(
            Tuple.tuple()
                .addArrayOfString(strings(events, Event::tenant))
                .addArrayOfUUID(events.stream().map(Event::orderId).toArray(UUID[]::new))
                .addArrayOfUUID(events.stream().map(Event::itemId).toArray(UUID[]::new))
                .addArrayOfString(strings(events, event -> event.type().wire()))
                .addArrayOfString(strings(events, event -> event.actor().kind().wire()))
                .addArrayOfString(strings(events, event -> event.actor().id()))
                .addArrayOfString(strings(events, event -> encode(event.payload())))
                .addArrayOfString(strings(events, event -> encode(event.diff())))
                .addArrayOfString(strings(events, Event::message))
                .addArrayOfString(strings(events, Event::requestId)))
        .mapEmpty();
  }

  private static String[] strings(List<Event> events, Function<Event, String> column) {
    return events.stream().map(column).toArray(String[]::new);
  }

  private static String encode(JsonObject json) {
    return json == null ? null : json.encode();
  }
}
