package dev.orderly.leasing;

import dev.orderly.bus.Bus;
import dev.orderly.idempotency.IdempotencyStore;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.leasing.LeaseMessages.Watch;
import dev.orderly.storage.Tx;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Hosts the desks of every shard whose number leaves this instance's index as remainder. */
public final class LeasingVerticle extends VerticleBase {

  /**
   * @param instances how many such verticles share the shards
   * @param batchMax how many items or leases one transaction takes at most
   * @param inboxMax how many calls of a kind may wait at one desk
   * @param keepHours how long answers to keyed requests are replayed
   */
  public record Settings(int instances, int batchMax, int inboxMax, int keepHours) {}

  private final int index;
  private final Settings settings;
  private final Bus bus;
  private final Pool pool;
  private final TypeRegistry registry;
  private final Shards shards;
  private final LeaseTokens tokens;
  private final List<Desk> desks = new ArrayList<>();
  private ExpiryClock clock;

  public LeasingVerticle(
      int index,
      Settings settings,
      Bus bus,
      Pool pool,
      TypeRegistry registry,
      Shards shards,
      LeaseTokens tokens) {
    this.index = index;
    this.settings = settings;
    this.bus = bus;
    this.pool = pool;
    this.registry = registry;
    this.shards = shards;
    this.tokens = tokens;
  }

  @Override
  public Future<?> start() {
    var tx = new Tx(pool);
    var types = new KnownTypes(vertx, registry);
    var guard = new LeaseGuard(tokens);
    var random = RandomGenerator.getDefault();
    clock = new ExpiryClock(vertx, new ExpireLeases(tx, types, random));
    var claim = new ClaimItems(tx, types, tokens, shards, this::watch);
    var extend = new ExtendLeases(tx, guard);
    var giveUp =
        new GiveUpLeases(tx, types, guard, new IdempotencyStore(settings.keepHours()), random);
    for (int shard = index; shard < shards.count(); shard += settings.instances()) {
      var desk =
          new Desk(shard, settings.batchMax(), settings.inboxMax(), claim, extend, giveUp, clock);
      desk.open(bus);
      desks.add(desk);
    }
    var lookup = new QueueLookup(pool);
    bus.serve(LeaseMessages.FIND_QUEUES, lookup::find);
    return lookup
        .withLeases()
        .onSuccess(
            queues ->
                queues.stream()
                    .filter(this::isMine)
                    .forEach(queue -> clock.watch(new Watch(queue, 0))));
  }

  @Override
  public Future<?> stop() {
    desks.forEach(Desk::close);
    clock.stop();
    return Future.succeededFuture();
  }

  /** The desk that gave a lease need not be the one that takes it back. */
  private void watch(Watch watch) {
    var queue = watch.queue();
    if (isMine(queue)) {
      clock.watch(watch);
    } else {
      bus.publish(LeaseMessages.watch(shards.of(queue.tenant(), queue.type())), watch);
    }
  }

  private boolean isMine(Queue queue) {
    return shards.of(queue.tenant(), queue.type()) % settings.instances() == index;
  }
}
