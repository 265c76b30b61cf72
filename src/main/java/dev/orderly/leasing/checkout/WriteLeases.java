package dev.orderly.leasing.checkout;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.Actor;
import dev.orderly.domain.EventType;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.LeaseBundles;
import dev.orderly.lifecycle.OrderEvents;
import dev.orderly.lifecycle.OrderEvents.Cause;
import dev.orderly.lifecycle.OrderMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.storage.Pipeline;
import dev.orderly.types.OrderType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Writes new leases, their events and what follows for the orders, in the caller's transaction. */
final class WriteLeases {
  private static final String TAKE_BACK =
      """
      update work_items set state = 'queued', held = true, leased_by_agent_id = null, leased_at = null,
        lease_expires_at = null, updated_at = now()
      where id = any($1)
      """;

  private final boolean agentsCounted;
  private final int bundleMin;

  /**
   * @param agentsCounted whether the leases count among their agents'
   * @param bundleMin how many leases share a row at least; 0 if none do
   */
  WriteLeases(boolean agentsCounted, int bundleMin) {
    this.agentsCounted = agentsCounted;
    // What counts its leases reads them in their items' rows.
    this.bundleMin = agentsCounted ? 0 : bundleMin;
  }

  /**
   * @param bundle that the lease is part of; null if it stands in its item's row
   * @param dependencies what its item depends on, with the results; null if it depends on nothing
   */
  record Leased(
      Given given,
      OrderType type,
      long fence,
      OffsetDateTime expiresAt,
      UUID bundle,
      JsonArray dependencies) {
    UUID id() {
      return given.item().id();
    }

    Leased in(UUID itsBundle) {
      return new Leased(given, type, fence, expiresAt, itsBundle, dependencies);
    }

    Leased with(JsonArray results) {
      return new Leased(given, type, fence, expiresAt, bundle, results);
    }
  }

  /**
   * Everything goes out at once, as the items are locked and what becomes of them is known. Orders
   * are locked last, and for as short as can be: every other batch that touches one of them waits
   * for it.
   *
   * @param given items that this transaction has locked, of known types; not empty
   * @return the leases by item; without those of orders that have closed meanwhile
   */
  Future<Map<UUID, Leased>> write(
      SqlConnection connection, List<Given> given, Map<KnownTypes.Version, OrderType> known) {
    // The latest: some may have been found before others were waited for.
    var at =
        given.stream().map(g -> g.item().seenAt()).max(Comparator.naturalOrder()).orElseThrow();
    var leases = leases(given, known, at);
    var bundled = leases.values().stream().filter(l -> l.bundle() != null).toList();
    var single = leases.values().stream().filter(l -> l.bundle() == null).toList();
    var out = TakenOut.of(connection, given);
    var inBundles = NewBundles.write(connection, bundled, at);
    var inRows = LeaseRows.write(connection, single, at, agentsCounted);
    var recorded = AuditLog.append(connection, itemEvents(leases.values()));
    var counted = OrderProgress.record(connection, moves(given));
    return Pipeline.all(List.of(out, inBundles, inRows, recorded, counted))
        .map(done -> counted.result())
        .compose(orders -> takeBack(connection, given, leases, orders))
        .compose(
            orders ->
                AuditLog.append(connection, OrderEvents.of(orders, causes(given)))
                    .compose(done -> addResults(connection, given, leases, orders)))
        .map(done -> leases);
  }

  private Map<UUID, Leased> leases(
      List<Given> given, Map<KnownTypes.Version, OrderType> known, OffsetDateTime at) {
    var all = new ArrayList<Leased>();
    for (var g : given) {
      var type = known.get(g.item().version());
      var expiresAt = at.plusSeconds(type.settings().leaseTtlSeconds());
      all.add(new Leased(g, type, g.item().fence() + 1, expiresAt, null, null));
    }
    var leases = new LinkedHashMap<UUID, Leased>();
    NewBundles.among(all, bundleMin).forEach(lease -> leases.put(lease.id(), lease));
    return leases;
  }

  /** Only for items of orders that have dependencies. */
  private static Future<?> addResults(
      SqlConnection connection,
      List<Given> given,
      Map<UUID, Leased> leases,
      Map<UUID, OrderMove> orders) {
    var dependent =
        given.stream()
            .filter(g -> orders.get(g.item().orderId()).dependent())
            .map(g -> g.item().id())
            .filter(leases::containsKey)
            .toList();
    return DependencyResults.of(connection, dependent)
        .map(
            results -> {
              results.forEach(
                  (id, found) -> leases.computeIfPresent(id, (i, lease) -> lease.with(found)));
              return null;
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
    return LeaseBundles.ofItems(connection, back.stream().map(ItemMove::itemId).toList())
        .compose(
            done ->
                connection
                    .preparedQuery(TAKE_BACK)
                    .execute(
                        Tuple.tuple()
                            .addArrayOfUUID(
                                back.stream().map(ItemMove::itemId).toArray(UUID[]::new))))
        .compose(done -> AuditLog.append(connection, events))
        .compose(done -> OrderProgress.record(connection, back))
        // Whoever closed it passed over what claims had locked: the rest of that is found no more.
        .compose(done -> OrderProgress.hold(connection, closedOrders(closed)))
        .map(orders);
  }

  private static List<UUID> closedOrders(List<Given> closed) {
    return closed.stream().map(g -> g.item().orderId()).distinct().toList();
  }

  private static List<Event> itemEvents(Collection<Leased> leases) {
    var events = new ArrayList<Event>();
    for (var lease : leases) {
      var g = lease.given();
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
}
