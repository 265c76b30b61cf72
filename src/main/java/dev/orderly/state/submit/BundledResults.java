package dev.orderly.state.submit;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/** Takes items whose results have come out of the bundles that their leases are in. */
final class BundledResults {
  // A bundle whose every item is there goes; another keeps the rest. That these are the right items
  // shows as they are written: the fence in an item's row rises as it leaves its bundle.
  private static final String TAKE_OUT =
      """
      with x as (select unnest($1::uuid[]) as id, unnest($2::int[]) as items),
      whole as (
        delete from lease_bundles b using x
        where b.id = x.id and cardinality(b.item_ids) = x.items and b.expires_at > clock_timestamp()
        returning b.id),
      part as (
        update lease_bundles b set item_ids = array(select i from unnest(b.item_ids) i where i <> all($3))
        from x
        where b.id = x.id and cardinality(b.item_ids) > x.items and b.expires_at > clock_timestamp()
        returning b.id)
      select (select count(*) from whole) + (select count(*) from part) as bundles
      """;

  private BundledResults() {}

  /**
   * @return whether all were there, with time left; if not, the transaction must be rolled back
   */
  static Future<Boolean> takeOut(SqlConnection connection, List<CheckedSubmit> batch) {
    var sizes = new TreeMap<UUID, Integer>();
    for (var one : batch) {
      if (one.item().bundle() != null) {
        sizes.merge(one.item().bundle(), 1, Integer::sum);
      }
    }
    if (sizes.isEmpty()) {
      return Future.succeededFuture(true);
    }
    return connection
        .preparedQuery(TAKE_OUT)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(sizes.keySet().toArray(UUID[]::new))
                .addArrayOfInteger(sizes.values().toArray(Integer[]::new))
                .addArrayOfUUID(batch.stream().map(CheckedSubmit::itemId).toArray(UUID[]::new)))
        .map(rows -> rows.iterator().next().getLong("bundles") == sizes.size());
  }
}
