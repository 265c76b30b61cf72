package dev.orderly.leasing;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Rejected;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.LeaseMessages.Watch;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.storage.Pipeline;
import dev.orderly.storage.Tx;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/** Leases items to as many agents as asked at the same time, in one transaction. */
final class ClaimItems {
  private static final String LEASE =
      """
      update work_items i set state = 'leased', fence = fence + 1, leased_by_agent_id = x.agent,
        leased_at = clock_timestamp(), lease_ttl_seconds = x.ttl, heartbeat_every_seconds = x.every,
        lease_expires_at = clock_timestamp() + make_interval(secs => x.ttl),
        last_heartbeat_at = null, heartbeats = 0, updated_at = now()
      from unnest($1::uuid[], $2::text[], $3::int[], $4::int[]) as x(id, agent, ttl, every)
      where i.id = x.id and i.state = 'queued'
      returning i.id, i.fence, i.lease_expires_at
      """;

  private static final String TAKE_BACK =
      """
      update work_items set state = 'queued', held = true, leased_by_agent_id = null, leased_at = null,
        lease_expires_at = null, updated_at = now()
      where id = any($1)
      """;

  private static final String REST =
      "update work_items set available_at = now() + interval '30 seconds' where id = any($1)";

  private final Tx tx;
  private final KnownTypes types;
  private final LeaseTokens tokens;
  private final Shards shards;
  private final Consumer<Watch> leased;

  /**
   * @param leased told of each queue in which items were leased
   */
  ClaimItems(Tx tx, KnownTypes types, LeaseTokens tokens, Shards shards, Consumer<Watch> leased) {
    this.tx = tx;
    this.types = types;
    this.tokens = tokens;
    this.shards = shards;
    this.leased = leased;
  }

  /** A candidate and who gets it: the index of the checkout in its batch. */
  private record Given(int request, Checkout checkout, Candidate item) {}

  /**
   * @param items by the index of the checkout that gets them
   * @param closed why checkouts of an order that gives no more work are refused
   */
  private record Outcome(Map<Integer, List<LeasedItem>> items, Map<UUID, Rejected> closed) {}

  private record Leased(UUID id, long fence, OffsetDateTime expiresAt) {}

  /**
   * Orders are locked last, and for as short as can be: every other batch that touches one of them
   * waits for it.
   */
  Future<List<Future<CheckedOut>>> run(List<Checkout> checkouts) {
    var wanted = new LinkedHashMap<ClaimFilter, Integer>();
    for (var checkout : checkouts) {
      wanted.merge(ClaimFilter.of(checkout), checkout.max(), Integer::sum);
    }
    return tx.async(
            connection ->
                CandidateSearch.find(connection, wanted)
                    .compose(found -> lease(connection, give(checkouts, found)))
                    .compose(
                        items ->
                            ClosedOrders.among(connection, ordersWithout(checkouts, items))
                                .map(closed -> new Outcome(items, closed))))
        .map(outcome -> replies(checkouts, outcome));
  }

  private static Set<UUID> ordersWithout(
      List<Checkout> checkouts, Map<Integer, List<LeasedItem>> items) {
    var orders = new HashSet<UUID>();
    for (int request = 0; request < checkouts.size(); request++) {
      var order = checkouts.get(request).orderId();
      if (order != null && !items.containsKey(request)) {
        orders.add(order);
      }
    }
    return orders;
  }

  private static List<Given> give(
      List<Checkout> checkouts, Map<ClaimFilter, List<Candidate>> found) {
    var left = new HashMap<ClaimFilter, ArrayDeque<Candidate>>();
    found.forEach((filter, candidates) -> left.put(filter, new ArrayDeque<>(candidates)));
    var given = new ArrayList<Given>();
    for (int request = 0; request < checkouts.size(); request++) {
      var checkout = checkouts.get(request);
      var candidates = left.get(ClaimFilter.of(checkout));
      for (int i = 0; i < checkout.max() && !candidates.isEmpty(); i++) {
        given.add(new Given(request, checkout, candidates.poll()));
      }
    }
    return given;
  }

  private Future<Map<Integer, List<LeasedItem>>> lease(
      SqlConnection connection, List<Given> given) {
    if (given.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return types
        .resolve(given.stream().map(g -> g.item().version()).toList())
        .compose(
            known -> {
              var missing =
                  given.stream().filter(g -> !known.containsKey(g.item().version())).toList();
              return missing.isEmpty()
                  ? lease(connection, given, known)
                  : rest(connection, missing)
                      .compose(
                          done ->
                              lease(
                                  connection,
                                  given.stream().filter(g -> !missing.contains(g)).toList(),
                                  known));
            });
  }

  /** Items that no agent can be told how to do make way for those behind them. */
  private static Future<?> rest(SqlConnection connection, List<Given> missing) {
    return connection
        .preparedQuery(REST)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(missing.stream().map(g -> g.item().id()).toArray(UUID[]::new)));
  }

  private Future<Map<Integer, List<LeasedItem>>> lease(
      SqlConnection connection, List<Given> given, Map<KnownTypes.Version, OrderType> known) {
    if (given.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return update(connection, given, known)
        .compose(
            leases ->
                Pipeline.both(
                        AuditLog.append(connection, itemEvents(given, leases)),
                        OrderProgress.record(connection, moves(given)))
                    .compose(orders -> takeBack(connection, given, leases, orders))
                    .compose(
                        orders ->
                            AuditLog.append(connection, OrderEvents.of(orders, causes(given))))
                    .map(done -> items(given, leases, known)));
  }

  private static Future<Map<UUID, Leased>> update(
      SqlConnection connection, List<Given> given, Map<KnownTypes.Version, OrderType> known) {
    return connection
        .preparedQuery(LEASE)
        .execute(
            Tuple.tuple()
                .addArrayOfUUID(given.stream().map(g -> g.item().id()).toArray(UUID[]::new))
                .addArrayOfString(
                    given.stream().map(g -> g.checkout().caller().agentId()).toArray(String[]::new))
                .addArrayOfInteger(
                    given.stream()
                        .map(g -> known.get(g.item().version()).settings().leaseTtlSeconds())
                        .toArray(Integer[]::new))
                .addArrayOfInteger(
                    given.stream()
                        .map(g -> known.get(g.item().version()).settings().heartbeatEverySeconds())
                        .toArray(Integer[]::new)))
        .map(
            rows -> {
              if (rows.rowCount() != given.size()) {
                throw new IllegalStateException("a locked queued item was not leased");
              }
              var leases = new HashMap<UUID, Leased>();
              for (Row row : rows) {
                leases.put(
                    row.getUUID("id"),
                    new Leased(
                        row.getUUID("id"),
                        row.getLong("fence"),
                        row.getOffsetDateTime("lease_expires_at")));
              }
              return leases;
            });
  }

  private static List<ItemMove> moves(List<Given> given) {
    return given.stream()
        .map(
            g ->
                new ItemMove(g.item().orderId(), g.item().id(), ItemState.QUEUED, ItemState.LEASED))
        .toList();
  }

  /** An order may have closed after its item was found and before its own row was locked. */
  private static Future<Map<UUID, OrderMove>> takeBack(
      SqlConnection connection,
      List<Given> given,
      Map<UUID, Leased> leases,
      Map<UUID, OrderMove> orders) {
    var closed =
        given.stream().filter(g -> !orders.get(g.item().orderId()).state().open()).toList();
    if (closed.isEmpty()) {
      return Future.succeededFuture(orders);
    }
    closed.forEach(g -> leases.remove(g.item().id()));
    var back =
        closed.stream()
            .map(Given::item)
            .map(i -> new ItemMove(i.orderId(), i.id(), ItemState.LEASED, ItemState.QUEUED))
            .toList();
    var events =
        closed.stream()
            .map(
                g ->
                    Event.of(
                            g.checkout().caller().tenant(),
                            g.item().orderId(),
                            g.item().id(),
                            EventType.RELEASED,
                            Actor.system("leasing"))
                        .moved(ItemState.LEASED, ItemState.QUEUED)
                        .message("Its order had closed"))
            .toList();
    return connection
        .preparedQuery(TAKE_BACK)
        .execute(
            Tuple.tuple().addArrayOfUUID(back.stream().map(ItemMove::itemId).toArray(UUID[]::new)))
        .compose(done -> AuditLog.append(connection, events))
        .compose(done -> OrderProgress.record(connection, back))
        .map(orders);
  }

  private static List<Event> itemEvents(List<Given> given, Map<UUID, Leased> leases) {
    var events = new ArrayList<Event>();
    for (var g : given) {
      var lease = leases.get(g.item().id());
      var caller = g.checkout().caller();
      events.add(
          Event.of(
                  caller.tenant(),
                  g.item().orderId(),
                  g.item().id(),
                  EventType.LEASED,
                  caller.agent())
              .payload(
                  new JsonObject()
                      .put("fence", lease.fence())
                      .put("attempt", g.item().attempts() + 1)
                      .put("lease_expires_at", lease.expiresAt().toInstant().toString()))
              .moved(ItemState.QUEUED, ItemState.LEASED)
              .request(caller.requestId()));
    }
    return events;
  }

  private static List<Cause> causes(List<Given> given) {
    return given.stream().map(g -> Cause.agent(g.item().orderId(), g.checkout().caller())).toList();
  }

  private Map<Integer, List<LeasedItem>> items(
      List<Given> given, Map<UUID, Leased> leases, Map<KnownTypes.Version, OrderType> known) {
    var items = new HashMap<Integer, List<LeasedItem>>();
    for (var g : given) {
      var lease = leases.get(g.item().id());
      if (lease != null) {
        items
            .computeIfAbsent(g.request(), request -> new ArrayList<>())
            .add(item(g, lease, known.get(g.item().version())));
      }
    }
    return items;
  }

  private LeasedItem item(Given given, Leased lease, OrderType type) {
    var item = given.item();
    var caller = given.checkout().caller();
    int shard = shards.of(caller.tenant(), item.type());
    return new LeasedItem(
        item.id(),
        item.orderId(),
        item.orderType(),
        item.typeVersion(),
        item.type(),
        item.key(),
        item.input(),
        type.resultSchema(),
        item.attempts() + 1,
        item.maxAttempts(),
        item.priority(),
        item.reviewErrors() == null ? new JsonArray() : item.reviewErrors(),
        item.error(),
        new Lease(
            tokens.issue(shard, item.id(), lease.fence()),
            caller.agentId(),
            lease.fence(),
            lease.expiresAt().toInstant(),
            type.settings().leaseTtlSeconds(),
            type.settings().heartbeatEverySeconds()));
  }

  private List<Future<CheckedOut>> replies(List<Checkout> checkouts, Outcome outcome) {
    var replies = new ArrayList<Future<CheckedOut>>();
    var lapseMillis = new HashMap<Queue, Long>();
    for (int request = 0; request < checkouts.size(); request++) {
      var mine = outcome.items().get(request);
      if (mine == null) {
        replies.add(Future.failedFuture(nothing(checkouts.get(request), outcome.closed())));
        continue;
      }
      replies.add(Future.succeededFuture(new CheckedOut(mine)));
      var tenant = checkouts.get(request).caller().tenant();
      for (var item : mine) {
        lapseMillis.merge(
            new Queue(tenant, item.type()), item.lease().ttlSeconds() * 1000L, Math::min);
      }
    }
    lapseMillis.forEach((queue, millis) -> leased.accept(new Watch(queue, millis)));
    return replies;
  }

  private static Rejected nothing(Checkout checkout, Map<UUID, Rejected> closed) {
    var refusal = checkout.orderId() == null ? null : closed.get(checkout.orderId());
    if (refusal != null) {
      return refusal;
    }
    return new Rejected(
            ErrorCode.NO_ITEMS_AVAILABLE,
            checkout.orderId() == null
                ? "No queued item matches; all are done, leased, resting after a failed attempt, or"
                    + " held with their order"
                : "No item of order %s can be leased now".formatted(checkout.orderId()))
        .next("Check out again later, with a pause that grows");
  }
}
