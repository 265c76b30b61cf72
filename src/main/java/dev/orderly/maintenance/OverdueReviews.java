package dev.orderly.maintenance;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.storage.Tx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;

/**
 * Tells of orders that wait for a reviewer longer than their type allows: once for each time that
 * they became submitted.
 */
public final class OverdueReviews implements Duty {
  private static final int BATCH = 100;
  private static final Actor ACTOR = Actor.system("maintenance");

  // An order that is being decided right now is left alone; the mark makes it once per round.
  private static final String MARK =
      """
      update work_orders o set review_escalated_at = now()
      from (
        select id from work_orders
        where state = 'submitted' and review_escalate_seconds is not null
          and last_transitioned_at + make_interval(secs => review_escalate_seconds) <= now()
          and (review_escalated_at is null or review_escalated_at < last_transitioned_at)
        order by last_transitioned_at limit $1
        for no key update skip locked) due
      where o.id = due.id
      returning o.id, o.tenant, o.last_transitioned_at, o.review_escalate_seconds
      """;

  private final Tx tx;

  public OverdueReviews(Pool pool) {
    this.tx = new Tx(pool);
  }

  @Override
  public String name() {
    return "overdue_reviews";
  }

  @Override
  public long run() {
    long all = 0;
    int told;
    do {
      told = tx.run(OverdueReviews::tell);
      all += told;
    } while (told == BATCH);
    return all;
  }

  private static int tell(SqlConnection connection) {
    var events = new ArrayList<Event>();
    for (Row row : connection.preparedQuery(MARK).execute(Tuple.of(BATCH)).await()) {
      var since = row.getOffsetDateTime("last_transitioned_at").toInstant();
      int seconds = row.getInteger("review_escalate_seconds");
      events.add(
          Event.of(
                  row.getString("tenant"), row.getUUID("id"), null, EventType.REVIEW_OVERDUE, ACTOR)
              .payload(
                  new JsonObject()
                      .put("submitted_at", since.toString())
                      .put("review_due_at", since.plusSeconds(seconds).toString())
                      .put("escalate_after_seconds", seconds))
              .message("Nobody has decided on this order in time"));
    }
    AuditLog.append(connection, events).await();
    return events.size();
  }
}
