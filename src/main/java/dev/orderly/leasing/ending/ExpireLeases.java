package dev.orderly.leasing.ending;

import dev.orderly.bus.Bus;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseHints;
import dev.orderly.leasing.LeaseHints.Lost;
import dev.orderly.leasing.LeaseHints.LostLease;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.lifecycle.LeaseBundles;
import dev.orderly.storage.Tx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Takes lapsed leases back. Desks do it on time; the safety sweep finds what a lost desk left. */
public final class ExpireLeases {
  private static final int BATCH = 500;

  private static final String LAPSED =
      "select %s from work_items where lease_expires_at <= clock_timestamp()"
          .formatted(HeldItem.COLUMNS);

  private static final String LIMIT =
      " order by lease_expires_at limit " + BATCH + " for update skip locked";

  private static final String NEXT =
      """
      select extract(epoch from least(
          (select min(lease_expires_at) from work_items
            where tenant = $1 and type = $2 and lease_expires_at is not null),
          (select min(expires_at) from lease_bundles where tenant = $1 and type = $2)
        ) - clock_timestamp())::float8 as seconds
      """;

  private final Tx tx;
  private final Bus bus;
  private final Heartbeats heartbeats;

  public ExpireLeases(Tx tx, Bus bus, Heartbeats heartbeats) {
    this.tx = tx;
    this.bus = bus;
    this.heartbeats = heartbeats;
  }

  /** Takes back every lapsed lease, whatever its queue. */
  public Future<List<Ended>> sweep() {
    return all(
        new ArrayList<>(),
        LeaseBundles::lapsed,
        connection -> connection.preparedQuery(LAPSED + LIMIT).execute());
  }

  /** Takes back a queue's lapsed leases. */
  public Future<List<Ended>> of(Queue queue) {
    return all(
        new ArrayList<>(),
        connection -> LeaseBundles.lapsed(connection, queue.tenant(), queue.type()),
        connection ->
            connection
                .preparedQuery(LAPSED + " and tenant = $1 and type = $2" + LIMIT)
                .execute(Tuple.of(queue.tenant(), queue.type())));
  }

  /**
   * @return in how many milliseconds the queue's next lease lapses, by the database's clock; null
   *     if it has none
   */
  Future<Long> next(SqlConnection connection, Queue queue) {
    return connection
        .preparedQuery(NEXT)
        .execute(Tuple.of(queue.tenant(), queue.type()))
        .map(
            rows -> {
              Double seconds = rows.iterator().next().getDouble("seconds");
              return seconds == null ? null : Math.max(0L, (long) Math.ceil(seconds * 1000));
            });
  }

  public Future<Long> next(Queue queue) {
    return tx.async(connection -> next(connection, queue));
  }

  /**
   * Some of the leases that were taken back.
   *
   * @param more whether there may be others
   */
  private record Some(List<Ended> ended, boolean more) {}

  /**
   * @param breakUp has lapsed leases that are in bundles written to their items' rows, where they
   *     end one by one; says whether there may be more
   * @param search finds and locks rows of lapsed leases
   */
  private Future<List<Ended>> all(
      List<Ended> sofar,
      Function<SqlConnection, Future<Boolean>> breakUp,
      Function<SqlConnection, Future<RowSet<Row>>> search) {
    var lost = new ArrayList<LostLease>();
    return tx.async(
            connection ->
                breakUp
                    .apply(connection)
                    .compose(
                        more ->
                            search
                                .apply(connection)
                                .compose(rows -> end(connection, rows, lost))
                                .map(ended -> new Some(ended, more || ended.size() == BATCH))))
        .compose(
            some -> {
              if (!lost.isEmpty()) {
                bus.publish(LeaseHints.LOST, new Lost(List.copyOf(lost)));
              }
              EndedLeases.announce(bus, some.ended());
              sofar.addAll(some.ended());
              return some.more() ? all(sofar, breakUp, search) : Future.succeededFuture(sofar);
            });
  }

  /**
   * The event of the end says when the holder was last heard of.
   *
   * @param lost what is taken back, of the last try if there are several
   */
  private Future<List<Ended>> end(
      SqlConnection connection, RowSet<Row> rows, List<LostLease> lost) {
    var items = new ArrayList<HeldItem>();
    rows.forEach(row -> items.add(HeldItem.of(row)));
    lost.clear();
    items.forEach(item -> lost.add(new LostLease(item.id(), item.fence())));
    return heartbeats
        .take(items.stream().map(HeldItem::leaseId).toList())
        .compose(
            heard ->
                EndLeases.write(
                    connection,
                    items.stream()
                        .map(item -> LeaseEnd.expired(item.with(heard.get(item.leaseId()))))
                        .toList()));
  }
}
