package dev.orderly.leasing.desk;

import dev.orderly.bus.Bus;
import dev.orderly.bus.Served;
import dev.orderly.cluster.Placement;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.leasing.KnownTypes;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.LeaseMessages.Watch;
import dev.orderly.leasing.LeaseTokens;
import dev.orderly.leasing.Shards;
import dev.orderly.leasing.checkout.ClaimItems;
import dev.orderly.leasing.ending.ExpireLeases;
import dev.orderly.leasing.ending.GiveUpLeases;
import dev.orderly.leasing.heartbeats.Heartbeats;
import dev.orderly.leasing.holding.ExtendLeases;
import dev.orderly.leasing.holding.HearLeases;
import dev.orderly.leasing.holding.ShowLeases;
import dev.orderly.leasing.limits.AgentLeases;
import dev.orderly.leasing.limits.AgentLimits;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.lifecycle.WorkHints.Work;
import dev.orderly.storage.Tx;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hosts the desks of those shards of this node whose number leaves this instance's index as
 * remainder. Which shards are this node's changes with membership; a call that comes to the wrong
 * node is served all the same.
 */
public final class LeasingVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(LeasingVerticle.class);

  /**
   * @param instances how many such verticles share the node's shards
   * @param batchMax how many items or leases one transaction takes at most
   * @param inboxMax how many calls of a kind may wait at one desk
   * @param keepHours how long answers to keyed requests are replayed
   * @param pollMillis how often those who wait for work are looked after without a hint
   * @param bundleMin how many leases of one call share a row at least; 0 if none do
   * @param agentLimits how much each agent may have
   */
  public record Settings(
      int instances,
      int batchMax,
      int inboxMax,
      int keepHours,
      long pollMillis,
      int bundleMin,
      AgentLimits agentLimits) {}

  private final int index;
  private final Settings settings;
  private final Bus bus;
  private final Placement placement;
  private final Pool pool;
  private final TypeRegistry registry;
  private final Shards shards;
  private final LeaseTokens tokens;
  private final Heartbeats heartbeats;
  private final Map<Integer, Desk> desks = new HashMap<>();
  private final List<Served> served = new ArrayList<>();
  private Set<Integer> owned = Set.of();
  private ClaimItems claim;
  private HearLeases hear;
  private GiveUpLeases giveUp;
  private ExpiryClock clock;
  private QueueLookup lookup;

  public LeasingVerticle(
      int index,
      Settings settings,
      Bus bus,
      Placement placement,
      Pool pool,
      TypeRegistry registry,
      Shards shards,
      LeaseTokens tokens,
      Heartbeats heartbeats) {
    this.index = index;
    this.settings = settings;
    this.bus = bus;
    this.placement = placement;
    this.pool = pool;
    this.registry = registry;
    this.shards = shards;
    this.tokens = tokens;
    this.heartbeats = heartbeats;
  }

  @Override
  public Future<?> start() {
    var tx = new Tx(pool);
    var types = new KnownTypes(vertx, registry);
    var guard = new LeaseGuard(tokens);
    var random = RandomGenerator.getDefault();
    clock = new ExpiryClock(vertx, new ExpireLeases(tx, bus, heartbeats));
    claim =
        new ClaimItems(
            tx, types, tokens, shards, settings.agentLimits(), settings.bundleMin(), this::watch);
    hear = new HearLeases(pool, guard, heartbeats, new ExtendLeases(tx, guard));
    giveUp =
        new GiveUpLeases(tx, bus, types, guard, new IdempotencyStore(settings.keepHours()), random);
    lookup = new QueueLookup(pool);
    var counted =
        settings.agentLimits().countLeases() ? AgentLeases.countAll(tx) : Future.succeededFuture();
    return counted.map(
        done -> {
          serve();
          return null;
        });
  }

  private void serve() {
    var host = new DeskHost(placement.self(), index).address();
    bus.serve(LeaseMessages.FIND_QUEUES, lookup::find);
    bus.serve(LeaseMessages.SHOW_LEASES, new ShowLeases(pool, tokens)::find);
    bus.serve(LeaseMessages.COUNT_LEASES, count -> lookup.countLeases(shards));
    served.addAll(
        List.of(
            bus.serve(
                LeaseMessages.checkout(host),
                at -> desk(at.shard()).checkout(at.checkout(), at.withinMillis())),
            bus.serve(
                LeaseMessages.checkouts(host),
                at -> desk(at.shard()).checkouts(at.checkouts(), at.withinMillis())),
            bus.serve(
                LeaseMessages.heartbeats(host), at -> desk(at.shard()).heartbeats(at.heartbeats())),
            bus.serve(LeaseMessages.releases(host), at -> desk(at.shard()).releases(at.releases())),
            bus.serve(LeaseMessages.fail(host), at -> desk(at.shard()).fail(at.fail()))));
    bus.listen(LeaseMessages.LEAVE, leave -> desks.values().forEach(d -> d.leave(leave.waitId())));
    bus.listen(LeaseMessages.WATCH, this::watchIfMine);
    bus.listen(WorkHints.AVAILABLE, this::workAppeared);
    bus.listen(
        WorkHints.AGENT_FREED,
        freed -> desks.values().forEach(d -> d.agentFreed(freed.tenant(), freed.agentId())));
    bus.listen(
        WorkHints.TYPE_FREED, freed -> desks.values().forEach(d -> d.typeFreed(freed.tenant())));
    placement.onMove(() -> context.runOnContext(moved -> take()));
    take();
  }

  /** Whoever asks from now on asks another node; what is under way is answered. */
  @Override
  public Future<?> stop() {
    clock.stop();
    return Future.join(served.stream().map(Served::unregister).toList())
        .eventually(
            () -> {
              desks.values().forEach(Desk::close);
              return Future.join(desks.values().stream().map(Desk::drained).toList());
            });
  }

  private Desk desk(int shard) {
    return desks.computeIfAbsent(
        shard,
        s ->
            new Desk(
                vertx,
                new Desk.Settings(
                    settings.batchMax(),
                    settings.inboxMax(),
                    settings.pollMillis(),
                    settings.agentLimits().any()),
                claim,
                hear,
                giveUp,
                failure -> bus.rejection("leasing.desk", failure)));
  }

  /** Takes over the shards that are this node's now, and lets go of those that are no longer. */
  private void take() {
    var before = owned;
    var now = new HashSet<Integer>();
    for (int shard = index; shard < shards.count(); shard += settings.instances()) {
      if (placement.ownerOf(shard).equals(placement.self())) {
        now.add(shard);
      }
    }
    owned = Set.copyOf(now);
    before.stream()
        .filter(shard -> !owned.contains(shard))
        .map(desks::remove)
        .filter(desk -> desk != null)
        .forEach(Desk::close);
    if (!before.containsAll(owned)) {
      loadLeases(before);
    }
  }

  /** Learns which leases the new desks must take back in time. */
  private void loadLeases(Set<Integer> before) {
    lookup
        .withLeases()
        .onComplete(
            queues ->
                queues.stream()
                    .filter(queue -> isMine(queue) && !before.contains(shard(queue)))
                    .forEach(queue -> clock.watch(new Watch(queue, 0))),
            failure -> {
              LOG.warn("Live leases will be looked for again: {}", failure.getMessage());
              vertx.setTimer(settings.pollMillis(), fired -> loadLeases(before));
            });
  }

  /** Whoever begins to wait later looks by itself, so a hint matters only to those who wait now. */
  private void workAppeared(Work work) {
    claim.workAppeared(new Queue(work.tenant(), work.type()));
    Stream.of(shards.of(work.tenant(), work.type()), shards.ofSeveral(work.tenant()))
        .distinct()
        .map(desks::get)
        .filter(desk -> desk != null && desk.waiting() > 0)
        .forEach(
            desk -> {
              if (work.inMillis() > 0) {
                vertx.setTimer(work.inMillis(), rested -> desk.workAppeared());
              } else {
                desk.workAppeared();
              }
            });
  }

  /** The desk that gave a lease need not be the one that takes it back. */
  private void watch(Watch watch) {
    if (isMine(watch.queue())) {
      clock.watch(watch);
    } else {
      bus.publish(LeaseMessages.WATCH, watch);
    }
  }

  private void watchIfMine(Watch watch) {
    if (isMine(watch.queue())) {
      clock.watch(watch);
    }
  }

  private int shard(Queue queue) {
    return shards.of(queue.tenant(), queue.type());
  }

  private boolean isMine(Queue queue) {
    return owned.contains(shard(queue));
  }
}
