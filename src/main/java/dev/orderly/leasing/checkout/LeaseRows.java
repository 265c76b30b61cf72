package dev.orderly.leasing.checkout;

import dev.orderly.leasing.checkout.WriteLeases.Leased;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** Leases that stand in the rows of their items, each by itself. */
final class LeaseRows {
  private static final String LEASE =
      """
      update work_items i set state = 'leased', fence = x.fence, leased_by_agent_id = x.agent,
        leased_at = $6::timestamptz, lease_ttl_seconds = x.ttl, heartbeat_every_seconds = x.every,
        lease_expires_at = $6::timestamptz + make_interval(secs => x.ttl),
        last_heartbeat_at = null, heartbeats = 0, agent_counted = $5, updated_at = now()
      from (select unnest($1::uuid[]) as id, unnest($2::text[]) as agent, unnest($3::int[]) as ttl,
        unnest($4::int[]) as every, unnest($7::bigint[]) as fence) x
      where i.id = x.id and i.state = 'queued' and i.fence = x.fence - 1
      """;

  private LeaseRows() {}

  /**
   * @param at when the leases begin
   * @param agentsCounted whether they count among their agents'
   */
  static Future<?> write(
      SqlConnection connection, List<Leased> leases, OffsetDateTime at, boolean agentsCounted) {
    if (leases.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(LEASE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(leases.stream().map(Leased::id).toArray(UUID[]::new))
                .addArrayOfString(
                    leases.stream()
                        .map(l -> l.given().checkout().caller().agentId())
                        .toArray(String[]::new))
                .addArrayOfInteger(
                    leases.stream()
                        .map(l -> l.type().settings().leaseTtlSeconds())
                        .toArray(Integer[]::new))
                .addArrayOfInteger(
                    leases.stream()
                        .map(l -> l.type().settings().heartbeatEverySeconds())
                        .toArray(Integer[]::new))
                .addBoolean(agentsCounted)
                .addOffsetDateTime(at)
                .addArrayOfLong(leases.stream().map(Leased::fence).toArray(Long[]::new)))
        .map(
            rows -> {
              if (rows.rowCount() != leases.size()) {
                throw new IllegalStateException("a locked queued item was not leased");
              }
              return null;
            });
  }
}
