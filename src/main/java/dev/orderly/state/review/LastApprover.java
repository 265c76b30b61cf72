package dev.orderly.state.review;

import dev.orderly.domain.Actor;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Locale;
import java.util.UUID;

/** Under whose name an order is approved whose items were accepted one by one. */
final class LastApprover {
  private static final String FIND =
      """
      select e.actor_type, e.actor_id from work_events e join work_items i on i.id = e.item_id
      where e.order_id = $1 and e.event = 'accepted' and i.state in ('accepted', 'completed')
      order by e.id desc limit 1
      """;

  private LastApprover() {}

  /** Who accepted last of the items that are accepted now; the system if the trail is gone. */
  static Actor of(SqlConnection connection, UUID order) {
    for (Row row : connection.preparedQuery(FIND).execute(Tuple.of(order)).await()) {
      var kind = Actor.Kind.valueOf(row.getString("actor_type").toUpperCase(Locale.ROOT));
      return new Actor(kind, row.getString("actor_id"));
    }
    return Actor.system("review");
  }
}
