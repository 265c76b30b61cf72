package dev.orderly.leasing.desk;

import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.FindQueues;
import dev.orderly.leasing.LeaseMessages.LeaseCounts;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.LeaseMessages.QueueLeases;
import dev.orderly.leasing.LeaseMessages.Queues;
import dev.orderly.leasing.Shards;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Says which queues items stand in. A plan never changes, so what was found once stays true. */
final class QueueLookup {
  private static final int REMEMBERED = 10_000;

  private static final String OF_ITEM = "select type from work_items where tenant = $1 and id = $2";
  private static final String OF_ORDER =
      "select distinct type from work_items where tenant = $1 and order_id = $2 order by type";
  private static final String WITH_LEASES =
      """
      select distinct tenant, type from work_items where lease_expires_at is not null
      union select tenant, type from lease_bundles
      """;

  private static final String COUNT =
      """
      select tenant, type, sum(leases)::int as leases from (
          select tenant, type, 1 as leases from work_items where lease_expires_at > clock_timestamp()
          union all
          select tenant, type, cardinality(item_ids) from lease_bundles where expires_at > clock_timestamp()) l
      group by tenant, type order by tenant, type
      """;

  private final Pool pool;
  private final Map<FindQueues, Queues> found =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<FindQueues, Queues> eldest) {
          return size() > REMEMBERED;
        }
      };

  QueueLookup(Pool pool) {
    this.pool = pool;
  }

  Future<Queues> find(FindQueues wanted) {
    var known = found.get(wanted);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    boolean byItem = wanted.itemId() != null;
    UUID id = byItem ? wanted.itemId() : wanted.orderId();
    return pool.preparedQuery(byItem ? OF_ITEM : OF_ORDER)
        .execute(Tuple.of(wanted.tenant(), id))
        .map(
            rows -> {
              if (rows.size() == 0) {
                throw Rejected.notFound(byItem ? "item" : "order", id);
              }
              var types = new ArrayList<String>();
              rows.forEach(row -> types.add(row.getString("type")));
              var queues = new Queues(List.copyOf(types));
              found.put(wanted, queues);
              return queues;
            });
  }

  Future<LeaseCounts> countLeases(Shards shards) {
    return pool.query(COUNT)
        .execute()
        .map(
            rows -> {
              var queues = new ArrayList<QueueLeases>();
              for (Row row : rows) {
                var tenant = row.getString("tenant");
                var type = row.getString("type");
                queues.add(
                    new QueueLeases(
                        tenant, type, shards.of(tenant, type), row.getInteger("leases")));
              }
              return new LeaseCounts(queues);
            });
  }

  /** The queues that have live or lapsed leases. */
  Future<List<Queue>> withLeases() {
    return pool.query(WITH_LEASES).execute().map(QueueLookup::queues);
  }

  private static List<Queue> queues(RowSet<Row> rows) {
    var queues = new ArrayList<Queue>();
    rows.forEach(row -> queues.add(new Queue(row.getString("tenant"), row.getString("type"))));
    return queues;
  }
}
