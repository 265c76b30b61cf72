package dev.orderly.leasing.checkout;

import dev.orderly.leasing.checkout.WriteLeases.Leased;
import dev.orderly.storage.Ids;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Leases that share a row, see {@link dev.orderly.lifecycle.LeaseBundles}: those that one call gets
 * of one order and queue, if they are enough and likely to be ended by their results alone.
 */
final class NewBundles {
  private static final String INSERT =
      """
      insert into lease_bundles (id, tenant, type, order_id, agent_id, item_ids, leased_at, ttl_seconds,
        heartbeat_every_seconds, expires_at)
      select id, tenant, type, order_id, agent_id, item_ids::uuid[], $9::timestamptz, ttl, every,
        $9::timestamptz + make_interval(secs => ttl)
      from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::int[])
        as x(id, tenant, type, order_id, agent_id, item_ids, ttl, every)
      """;

  private NewBundles() {}

  private record Share(int request, UUID orderId, String queue) {
    static Share of(Leased lease) {
      var item = lease.given().item();
      return new Share(lease.given().request(), item.orderId(), item.type());
    }
  }

  /**
   * Puts leases into bundles.
   *
   * @param min of how many leases at least a bundle is made; 0 if none is to be made
   * @return all of them, those that are in a bundle with its id
   */
  static List<Leased> among(List<Leased> leases, int min) {
    if (min == 0 || leases.size() < min) {
      return leases;
    }
    var shares =
        leases.stream()
            .filter(NewBundles::endsAsARuleByItsResult)
            .collect(Collectors.groupingBy(Share::of, LinkedHashMap::new, Collectors.counting()));
    var bundles = new LinkedHashMap<Share, UUID>();
    shares.forEach(
        (share, size) -> {
          if (size >= min) {
            bundles.put(share, Ids.next());
          }
        });
    return bundles.isEmpty()
        ? leases
        : leases.stream()
            .map(
                lease ->
                    endsAsARuleByItsResult(lease) ? lease.in(bundles.get(Share.of(lease))) : lease)
            .toList();
  }

  /** Nothing counts it, and its result needs nothing but what the agent's node remembers. */
  private static boolean endsAsARuleByItsResult(Leased lease) {
    return lease.given().item().limitKey() == null
        && lease.type().judgesResultAlone()
        && lease.type().parts() == null;
  }

  /**
   * @param leases each of a bundle
   * @param at when they begin
   */
  static Future<?> write(SqlConnection connection, List<Leased> leases, OffsetDateTime at) {
    if (leases.isEmpty()) {
      return Future.succeededFuture();
    }
    var bundles =
        List.copyOf(
            leases.stream()
                .collect(
                    Collectors.groupingBy(
                        Leased::bundle,
                        LinkedHashMap::new,
                        Collectors.toCollection(ArrayList::new)))
                .values());
    return connection
        .preparedQuery(INSERT)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(first(bundles, Leased::bundle).toArray(UUID[]::new))
                .addArrayOfString(
                    first(bundles, l -> l.given().checkout().caller().tenant())
                        .toArray(String[]::new))
                .addArrayOfString(
                    first(bundles, l -> l.given().item().type()).toArray(String[]::new))
                .addArrayOfUUID(
                    first(bundles, l -> l.given().item().orderId()).toArray(UUID[]::new))
                .addArrayOfString(
                    first(bundles, l -> l.given().checkout().caller().agentId())
                        .toArray(String[]::new))
                .addArrayOfString(bundles.stream().map(NewBundles::ids).toArray(String[]::new))
                .addArrayOfInteger(
                    first(bundles, l -> l.type().settings().leaseTtlSeconds())
                        .toArray(Integer[]::new))
                .addArrayOfInteger(
                    first(bundles, l -> l.type().settings().heartbeatEverySeconds())
                        .toArray(Integer[]::new))
                .addOffsetDateTime(at));
  }

  private static <T> List<T> first(List<ArrayList<Leased>> bundles, Function<Leased, T> value) {
    return bundles.stream().map(bundle -> value.apply(bundle.getFirst())).toList();
  }

  /** An array as the database reads it. */
  private static String ids(List<Leased> bundle) {
    return bundle.stream()
        .map(Leased::id)
        .sorted(Comparator.comparing(UUID::toString))
        .map(UUID::toString)
        .collect(Collectors.joining(",", "{", "}"));
  }
}
