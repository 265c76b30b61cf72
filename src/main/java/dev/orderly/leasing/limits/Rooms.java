package dev.orderly.leasing.limits;

import dev.orderly.leasing.limits.Limited.Kind;
import dev.orderly.storage.Pipeline;
import dev.orderly.types.TypeLimits;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What agents and types may still be given. Whoever gives leases of something limited holds its
 * lock from before the count until the commit, so nobody counts beside another: the count is exact
 * on all nodes together. Live leases are counted as rows, and so cannot drift.
 *
 * <p>No two transactions wait for each other in a circle: each takes the locks of agents before
 * those of types, each of both in the order of their keys, and both before it waits for any row.
 */
public final class Rooms {
  private static final String LOCK = "select pg_advisory_xact_lock(k) from unnest($1::bigint[]) k";

  private static final String COUNT =
      """
      with t as materialized (select clock_timestamp() as at)
      select x.n, t.at as counted_at,
        case when x.leases is null then 0
          when x.kind = 'agent' then (select count(*) from (
            select from work_items where tenant = x.tenant and leased_by_agent_id = x.name
              and agent_counted limit x.leases) live)
          else (select count(*) from (
            select from work_items where tenant = x.tenant and order_type = x.name
              and leased_by_agent_id is not null and limit_key is not null limit x.leases) live)
          end::int as live,
        coalesce(least(x.burst, b.tokens + x.rate
          * greatest(0, extract(epoch from t.at - b.counted_at)::float8)), x.burst) as tokens
      from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::int[], $6::float8[], $7::float8[])
          as x(n, kind, tenant, name, leases, rate, burst)
        cross join t
        left join rate_buckets b on x.rate is not null and b.tenant = x.tenant and b.kind = x.kind
          and b.name = x.name
      """;

  private static final String SPEND =
      """
      insert into rate_buckets (tenant, kind, name, tokens, counted_at)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::timestamptz[])
      on conflict (tenant, kind, name)
        do update set tokens = excluded.tokens, counted_at = excluded.counted_at
      """;

  /** Those of a claim to which no limit applies. */
  public static final Rooms UNLIMITED = new Rooms(Map.of());

  private final Map<Limited, Counted> rooms;

  private Rooms(Map<Limited, Counted> rooms) {
    this.rooms = rooms;
  }

  /**
   * @param at by the database's clock
   */
  private record Counted(Room room, OffsetDateTime at) {}

  private record Numbers(Integer leases, Double perSecond) {}

  /** What to lock and count. */
  public static final class Request {
    private final Map<Limited, Numbers> wanted = new LinkedHashMap<>();

    public void agent(String tenant, String agent, AgentLimits limits) {
      var leases = limits.leases().of(agent);
      var perSecond = limits.checkoutsPerSecond().of(agent);
      if (leases != null || perSecond != null) {
        wanted.put(
            new Limited(Kind.AGENT, tenant, agent),
            new Numbers(leases, perSecond == null ? null : perSecond.doubleValue()));
      }
    }

    /** Its lock is taken for its keys' sake too. */
    public void type(String tenant, String orderType, TypeLimits limits) {
      if (limits.any()) {
        wanted.put(
            new Limited(Kind.TYPE, tenant, orderType),
            new Numbers(limits.leases(), limits.checkoutsPerSecond()));
      }
    }
  }

  /** Waits for the locks, then counts; both travel together, the count sees who came before. */
  public static Future<Rooms> count(SqlConnection connection, Request request) {
    var wanted = request.wanted;
    if (wanted.isEmpty()) {
      return Future.succeededFuture(UNLIMITED);
    }
    var locks = wanted.keySet().stream().map(Limited::lock).distinct().sorted();
    var locked =
        connection
            .preparedQuery(LOCK)
            .execute(Tuple.tuple().addArrayOfLong(locks.toArray(Long[]::new)));
    var things = List.copyOf(wanted.keySet());
    return Pipeline.both(
            locked, connection.preparedQuery(COUNT).execute(parameters(things, wanted)))
        .map(rows -> read(things, wanted, rows));
  }

  private static Tuple parameters(List<Limited> things, Map<Limited, Numbers> wanted) {
    var numbers = new ArrayList<Integer>();
    var leases = new ArrayList<Integer>();
    var rates = new ArrayList<Double>();
    var bursts = new ArrayList<Double>();
    for (int n = 0; n < things.size(); n++) {
      var limit = wanted.get(things.get(n));
      numbers.add(n);
      leases.add(limit.leases());
      rates.add(limit.perSecond());
      bursts.add(limit.perSecond() == null ? null : Room.burst(limit.perSecond()));
    }
    return Tuple.tuple()
        .addArrayOfInteger(numbers.toArray(Integer[]::new))
        .addArrayOfString(things.stream().map(t -> t.kind().wire()).toArray(String[]::new))
        .addArrayOfString(things.stream().map(Limited::tenant).toArray(String[]::new))
        .addArrayOfString(things.stream().map(Limited::name).toArray(String[]::new))
        .addArrayOfInteger(leases.toArray(Integer[]::new))
        .addArrayOfDouble(rates.toArray(Double[]::new))
        .addArrayOfDouble(bursts.toArray(Double[]::new));
  }

  private static Rooms read(List<Limited> things, Map<Limited, Numbers> wanted, RowSet<Row> rows) {
    var rooms = new HashMap<Limited, Counted>();
    for (Row row : rows) {
      var thing = things.get(row.getInteger("n"));
      var limit = wanted.get(thing);
      var tokens = row.getDouble("tokens");
      var room =
          new Room(
              limit.leases(),
              row.getInteger("live"),
              limit.perSecond(),
              tokens == null ? 0 : tokens);
      rooms.put(thing, new Counted(room, row.getOffsetDateTime("counted_at")));
    }
    return new Rooms(rooms);
  }

  /** These and others, which are of other things. */
  public Rooms and(Rooms others) {
    if (others.rooms.isEmpty()) {
      return this;
    }
    var all = new HashMap<>(rooms);
    all.putAll(others.rooms);
    return new Rooms(all);
  }

  public Room agent(String tenant, String agent) {
    return room(Kind.AGENT, tenant, agent);
  }

  public Room type(String tenant, String orderType) {
    return room(Kind.TYPE, tenant, orderType);
  }

  private Room room(Kind kind, String tenant, String name) {
    var counted = rooms.get(new Limited(kind, tenant, name));
    return counted == null ? Room.unlimited() : counted.room();
  }

  /** Writes down what was taken of the rates. */
  public Future<?> spend(SqlConnection connection) {
    var charged = rooms.entrySet().stream().filter(e -> e.getValue().room().charged()).toList();
    if (charged.isEmpty()) {
      return Future.succeededFuture();
    }
    return connection
        .preparedQuery(SPEND)
        .execute(
            Tuple.tuple()
                .addArrayOfString(
                    charged.stream().map(e -> e.getKey().tenant()).toArray(String[]::new))
                .addArrayOfString(
                    charged.stream().map(e -> e.getKey().kind().wire()).toArray(String[]::new))
                .addArrayOfString(
                    charged.stream().map(e -> e.getKey().name()).toArray(String[]::new))
                .addArrayOfDouble(
                    charged.stream().map(e -> e.getValue().room().tokens()).toArray(Double[]::new))
                .addArrayOfOffsetDateTime(
                    charged.stream().map(e -> e.getValue().at()).toArray(OffsetDateTime[]::new)));
  }
}
