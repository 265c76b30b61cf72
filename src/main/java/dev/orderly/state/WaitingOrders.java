package dev.orderly.state;

import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import java.util.function.BiConsumer;

/**
 * Orders that the system has something to do with. A hint has one looked at at once; a sweep finds
 * what a lost hint left.
 */
public final class WaitingOrders {
  private static final int SWEEP_BATCH = 100;
  private static final UUID FIRST = new UUID(0, 0);

  private final Commands commands;
  private final String which;
  private final BiConsumer<String, UUID> action;
  private boolean sweeping;

  /**
   * @param condition of the orders, as SQL
   * @param action takes tenant and order; throws nothing, for one order must not keep the others
   *     from it
   */
  public WaitingOrders(Commands commands, String condition, BiConsumer<String, UUID> action) {
    this.commands = commands;
    this.which = "select id, tenant from work_orders where " + condition;
    this.action = action;
  }

  public void consider(UUID orderId) {
    consider(which + " and id = $1", Tuple.of(orderId));
  }

  /** Considers every order that waits, unless the last sweep still does. */
  public void sweep() {
    if (sweeping) {
      return;
    }
    sweeping = true;
    try {
      var after = FIRST;
      while (after != null) {
        after = consider(which + " and id > $1 order by id limit " + SWEEP_BATCH, Tuple.of(after));
      }
    } finally {
      sweeping = false;
    }
  }

  /** Gives the last order's id; null if there was none. */
  private UUID consider(String sql, Tuple parameters) {
    UUID last = null;
    for (var row : commands.pool().preparedQuery(sql).execute(parameters).await()) {
      last = row.getUUID("id");
      action.accept(row.getString("tenant"), last);
    }
    return last;
  }
}
