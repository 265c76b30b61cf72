package dev.orderly.leasing;

import dev.orderly.bus.Bus;
import dev.orderly.bus.Served;
import dev.orderly.leasing.GiveUpLeases.GiveUp;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.storage.Batcher;
import java.util.ArrayList;
import java.util.List;

/**
 * Serves the queues of one shard. It batches what arrives together, and takes lapsed leases back on
 * time. It holds no truth: two desks of one shard cost speed, not safety.
 */
final class Desk {
  private final int shard;
  private final ExpiryClock clock;
  private final Batcher<Checkout, CheckedOut> checkouts;
  private final Batcher<Heartbeat, Extended> heartbeats;
  private final Batcher<GiveUp, Ended> giveUps;
  private final List<Served> consumers = new ArrayList<>();

  Desk(
      int shard,
      int batchMax,
      int inboxMax,
      ClaimItems claim,
      ExtendLeases extend,
      GiveUpLeases giveUp,
      ExpiryClock clock) {
    this.shard = shard;
    this.clock = clock;
    this.checkouts = new Batcher<>(batchMax, inboxMax, request -> new Object(), claim::run);
    this.heartbeats = new Batcher<>(batchMax, inboxMax, Heartbeat::itemId, extend::run);
    this.giveUps = new Batcher<>(batchMax, inboxMax, GiveUp::itemId, giveUp::run);
  }

  void open(Bus bus) {
    consumers.add(bus.serve(LeaseMessages.checkout(shard), checkouts::submit));
    consumers.add(bus.serve(LeaseMessages.heartbeat(shard), heartbeats::submit));
    consumers.add(
        bus.serve(LeaseMessages.release(shard), r -> giveUps.submit(new GiveUp(r, null))));
    consumers.add(bus.serve(LeaseMessages.fail(shard), f -> giveUps.submit(new GiveUp(null, f))));
    consumers.add(bus.listen(LeaseMessages.watch(shard), clock::watch));
  }

  void close() {
    consumers.forEach(Served::unregister);
  }
}
