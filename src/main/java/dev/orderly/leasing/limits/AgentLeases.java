package dev.orderly.leasing.limits;

import dev.orderly.lifecycle.LeaseBundles;
import dev.orderly.storage.Tx;
import io.vertx.core.Future;

/** The leases that count among their agents'. */
public final class AgentLeases {
  private static final String COUNT_ALL =
      """
      update work_items set agent_counted = true
      where id in (
        select id from work_items
        where lease_expires_at is not null and not agent_counted order by id for update)
      """;

  private AgentLeases() {}

  /** A limit that is new counts what was leased before it too. */
  public static Future<?> countAll(Tx tx) {
    return tx.async(
        connection ->
            LeaseBundles.all(connection).compose(done -> connection.query(COUNT_ALL).execute()));
  }
}
