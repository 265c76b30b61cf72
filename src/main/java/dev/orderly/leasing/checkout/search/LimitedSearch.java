package dev.orderly.leasing.checkout.search;

import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.limits.Rooms;
import dev.orderly.leasing.limits.Turns.Lane;
import dev.orderly.types.TypeLimits;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Finds queued items of types with limits, as many as their limits let through. The items of a type
 * and key stand in a lane of their own in the index: a look goes from lane to lane and passes over
 * a full one in one step, however many items it has.
 */
public final class LimitedSearch {
  private static final String LIMITED = "i.limit_key is not null";

  private static final String TYPES_OF_QUEUES =
      """
      with recursive q as (
        select f.n, f.tenant, t.type
        from unnest($1::int[], $2::text[], $3::text[]) as f(n, tenant, type)
          cross join lateral (
            select f.type as type where f.type is not null
            union all select q.type from queues q where f.type is null and q.tenant = f.tenant) t),
      found as (
        select q.n, q.tenant, q.type, k.order_type, k.type_version from q
          cross join lateral (
            select i.order_type, i.type_version from work_queue i
            where i.tenant = q.tenant and i.type = q.type and %1$s
            order by i.order_type limit 1) k
        union all
        select f.n, f.tenant, f.type, k.order_type, k.type_version from found f
          cross join lateral (
            select i.order_type, i.type_version from work_queue i
            where i.tenant = f.tenant and i.type = f.type and %1$s and i.order_type > f.order_type
            order by i.order_type limit 1) k)
      select * from found
      """
          .formatted(LIMITED);

  private static final String TYPES_OF_ORDERS =
      """
      select f.n, f.type, k.order_type, k.type_version
      from unnest($1::int[], $2::text[], $3::text[], $4::uuid[]) as f(n, tenant, type, order_id)
        cross join lateral (
          select i.order_type, i.type_version from work_queue i
          where i.order_id = f.order_id and i.tenant = f.tenant
            and (f.type is null or i.type = f.type) and %s limit 1) k
      """
          .formatted(LIMITED);

  // What this node knows no type of is passed over; mostly there is none.
  private static final String KNOWN =
      "(cardinality($10::text[]) = 0 or i.order_type || E'\\n' || i.type_version <> all($10))";

  private static final String IN_QUEUE =
      "i.tenant = x.tenant and i.type = x.type and i.order_type = x.order_type";

  private static final String IN_ORDER =
      "i.order_id = x.order_id and i.tenant = x.tenant and (x.type is null or i.type = x.type)";

  // lanes: every key that has something queued, found by jumping from one to the next.
  // rooms: how many leases each may still have. heads: the first item of each that has room.
  // chosen: what to give, key by key in turns if the type is fair, else by rank alone.
  // Nothing but picked locks rows, and it waits for none: other claims of the type wait outside.
  private static final String ITEMS =
      """
      with recursive x as (
        select * from unnest($1::int[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::int[],
            $8::int[], $9::bool[])
          as x(m, tenant, order_id, type, order_type, min_priority, wanted, key_max, fair)),
      lanes as (
        select x.m, k.limit_key from x cross join lateral (
          select i.limit_key from work_queue i where %1$s and %2$s order by i.limit_key limit 1) k
        union all
        select l.m, k.limit_key from lanes l join x on x.m = l.m cross join lateral (
          select i.limit_key from work_queue i where %1$s and %2$s and i.limit_key > l.limit_key
          order by i.limit_key limit 1) k),
      rooms as (
        select l.m, l.limit_key, case when x.key_max is null or l.limit_key = '' then x.wanted
          else x.key_max - (select count(*) from (
            select from work_items i where i.tenant = x.tenant and i.order_type = x.order_type
              and i.limit_key = l.limit_key and i.leased_by_agent_id is not null
            limit x.key_max) live) end::int as room
        from lanes l join x on x.m = l.m),
      heads as (
        select r.m, r.limit_key, r.room, h.rank, h.item_id, t.served_at
        from rooms r join x on x.m = r.m
          cross join lateral (
            select i.rank, i.item_id from work_queue i
            where %1$s and %2$s and i.limit_key = r.limit_key
              and i.available_at <= statement_timestamp() and i.priority >= x.min_priority and %4$s
            order by i.rank, i.item_id limit 1) h
          left join lane_turns t on x.fair and t.tenant = x.tenant and t.order_type = x.order_type
            and t.limit_key = r.limit_key
        where r.room > 0),
      best as (
        select h.*, row_number() over (
          partition by h.m order by h.served_at nulls first, h.rank, h.item_id) as place
        from heads h),
      chosen as (
        select b.m, b.room, c.item_id, c.order_id, c.priority, row_number() over (
          partition by b.m order by case when x.fair then c.round end, b.served_at nulls first, c.rank, c.item_id)
          as place
        from best b join x on x.m = b.m cross join lateral (
          select z.*, row_number() over (order by z.rank, z.item_id) as round from (
            select i.rank, i.item_id, i.order_id, i.priority from work_queue i
            where %1$s and %2$s and i.limit_key = b.limit_key
              and i.available_at <= statement_timestamp() and i.priority >= x.min_priority and %4$s
            order by i.rank, i.item_id limit least(b.room, x.wanted)) z) c
        where b.place <= x.wanted),
      picked as (
        select c.m, c.place, c.room, i.item_id from chosen c join x on x.m = c.m
          join work_queue i on i.order_id = c.order_id and i.priority = c.priority and i.item_id = c.item_id
        where c.place <= x.wanted and %2$s and %4$s
        for update of i skip locked)
      select x.m as line, (select count(*) from rooms r where r.m = x.m and r.room <= 0)::int as full_lanes,
        clock_timestamp() as seen_at, p.*
      from x left join (select q.m, q.place, q.room, i.* from picked q %3$s) p on p.m = x.m
      order by x.m, p.place
      """;

  private final KnownTypes types;

  public LimitedSearch(KnownTypes types) {
    this.types = types;
  }

  /** A type's items in one place. */
  private record Spot(SearchLine line, String queue, KnownTypes.Version version) {
    String orderType() {
      return version.name();
    }
  }

  /**
   * Takes the locks of the types, counts, and looks.
   *
   * @param limited the filters for which there may be items of types with limits, and how many each
   *     wants
   * @param agents what agents may still be given
   */
  public Future<LimitedWork> find(
      SqlConnection connection, Map<ClaimFilter, Integer> limited, Rooms agents) {
    return spots(connection, SearchLine.of(limited))
        .compose(
            spots ->
                types
                    .limits(spots.stream().map(Spot::version).toList())
                    .compose(
                        limits ->
                            Rooms.count(connection, request(spots, limits))
                                .map(rooms -> new LimitedWork(agents.and(rooms), limits))
                                .compose(work -> look(connection, spots, work))));
  }

  private static Rooms.Request request(List<Spot> spots, Map<String, TypeLimits> limits) {
    var request = new Rooms.Request();
    for (var spot : spots) {
      request.type(spot.line().tenant(), spot.orderType(), limits.get(spot.orderType()));
    }
    return request;
  }

  private static Future<List<Spot>> spots(SqlConnection connection, List<SearchLine> lines) {
    var spots = new ArrayList<Spot>();
    return spots(connection, lines.stream().filter(line -> !line.byOrder()).toList(), false, spots)
        .compose(
            done ->
                spots(connection, lines.stream().filter(SearchLine::byOrder).toList(), true, spots))
        .map(done -> spots);
  }

  private static Future<?> spots(
      SqlConnection connection, List<SearchLine> lines, boolean byOrder, List<Spot> spots) {
    if (lines.isEmpty()) {
      return Future.succeededFuture();
    }
    var tuple =
        SearchLine.places(lines)
            .addArrayOfString(lines.stream().map(SearchLine::type).toArray(String[]::new));
    if (byOrder) {
      tuple.addArrayOfUUID(lines.stream().map(SearchLine::orderId).toArray(UUID[]::new));
    }
    return connection
        .preparedQuery(byOrder ? TYPES_OF_ORDERS : TYPES_OF_QUEUES)
        .execute(tuple)
        .map(
            rows -> {
              for (Row row : rows) {
                spots.add(
                    new Spot(
                        lines.get(row.getInteger("n")),
                        row.getString("type"),
                        new KnownTypes.Version(
                            row.getString("order_type"), row.getString("type_version"))));
              }
              return null;
            });
  }

  private Future<LimitedWork> look(SqlConnection connection, List<Spot> spots, LimitedWork work) {
    for (var spot : spots) {
      work.has(spot.line().filter(), spot.orderType());
    }
    var open =
        spots.stream()
            .filter(s -> work.rooms().type(s.line().tenant(), s.orderType()).open())
            .toList();
    return items(connection, open.stream().filter(s -> !s.line().byOrder()).toList(), false, work)
        .compose(
            done ->
                items(
                    connection, open.stream().filter(s -> s.line().byOrder()).toList(), true, work))
        .map(done -> work);
  }

  private Future<?> items(
      SqlConnection connection, List<Spot> spots, boolean byOrder, LimitedWork work) {
    if (spots.isEmpty()) {
      return Future.succeededFuture();
    }
    var limits = spots.stream().map(s -> work.limits(s.orderType())).toList();
    return connection
        .preparedQuery(byOrder ? Sql.OF_ORDERS : Sql.OF_QUEUES)
        .execute(
            Tuple.tuple()
                .addArrayOfInteger(IntStream.range(0, spots.size()).boxed().toArray(Integer[]::new))
                .addArrayOfString(spots.stream().map(s -> s.line().tenant()).toArray(String[]::new))
                .addArrayOfUUID(spots.stream().map(s -> s.line().orderId()).toArray(UUID[]::new))
                .addArrayOfString(spots.stream().map(Spot::queue).toArray(String[]::new))
                .addArrayOfString(spots.stream().map(Spot::orderType).toArray(String[]::new))
                .addArrayOfInteger(
                    spots.stream()
                        .map(s -> s.line().filter().minPriority())
                        .toArray(Integer[]::new))
                .addArrayOfInteger(
                    spots.stream()
                        .map(
                            s ->
                                Math.min(
                                    s.line().wanted(),
                                    work.rooms().type(s.line().tenant(), s.orderType()).left()))
                        .toArray(Integer[]::new))
                .addArrayOfInteger(
                    limits.stream().map(TypeLimits::leasesPerKey).toArray(Integer[]::new))
                .addArrayOfBoolean(limits.stream().map(TypeLimits::fair).toArray(Boolean[]::new))
                .addArrayOfString(types.unknown()))
        .map(
            rows -> {
              var bySpot = new HashMap<Integer, List<Candidate>>();
              for (Row row : rows) {
                int line = row.getInteger("line");
                var spot = spots.get(line);
                var found = bySpot.computeIfAbsent(line, l -> new ArrayList<>());
                if (row.getInteger("full_lanes") > 0) {
                  work.keysFull(spot.line().filter(), spot.orderType());
                }
                if (row.getUUID("id") != null) {
                  var item = Candidate.of(row);
                  found.add(item);
                  work.keyRoom(
                      new Lane(spot.line().tenant(), spot.orderType(), item.limitKey()),
                      row.getInteger("room"));
                }
              }
              bySpot.forEach(
                  (line, items) ->
                      work.found(
                          spots.get(line).line().filter(), spots.get(line).orderType(), items));
              return null;
            });
  }

  private static final class Sql {
    private static final String OF_QUEUES =
        ITEMS.formatted(IN_QUEUE, LIMITED, Candidate.OF_QUEUE, KNOWN);
    private static final String OF_ORDERS =
        ITEMS.formatted(IN_ORDER, LIMITED, Candidate.OF_QUEUE, KNOWN);

    private Sql() {}
  }
}
