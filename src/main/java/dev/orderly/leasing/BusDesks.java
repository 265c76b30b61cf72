package dev.orderly.leasing;

import dev.orderly.bus.Bus;
import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.FindQueues;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import io.vertx.core.Future;
import java.util.UUID;

/** Finds the desk for a call and asks it over the bus. */
public final class BusDesks implements Desks {
  private final Bus bus;
  private final Shards shards;
  private final LeaseTokens tokens;

  public BusDesks(Bus bus, Shards shards, LeaseTokens tokens) {
    this.bus = bus;
    this.shards = shards;
    this.tokens = tokens;
  }

  @Override
  public Future<CheckedOut> checkout(Checkout checkout) {
    var tenant = checkout.caller().tenant();
    if (checkout.orderId() != null) {
      return bus.call(LeaseMessages.FIND_QUEUES, new FindQueues(tenant, null, checkout.orderId()))
          .compose(
              queues -> {
                int shard =
                    queues.types().size() == 1
                        ? shards.of(tenant, queues.types().getFirst())
                        : shards.ofSeveral(tenant);
                return bus.call(LeaseMessages.checkout(shard), checkout);
              });
    }
    int shard =
        checkout.types().size() == 1
            ? shards.of(tenant, checkout.types().getFirst())
            : shards.ofSeveral(tenant);
    return bus.call(LeaseMessages.checkout(shard), checkout);
  }

  @Override
  public Future<Extended> heartbeat(Heartbeat heartbeat) {
    return shard(heartbeat.caller().tenant(), heartbeat.itemId(), heartbeat.proof())
        .compose(shard -> bus.call(LeaseMessages.heartbeat(shard), heartbeat));
  }

  @Override
  public Future<Ended> release(Release release) {
    return shard(release.caller().tenant(), release.itemId(), release.proof())
        .compose(shard -> bus.call(LeaseMessages.release(shard), release));
  }

  @Override
  public Future<Ended> fail(Fail fail) {
    return shard(fail.caller().tenant(), fail.itemId(), fail.proof())
        .compose(shard -> bus.call(LeaseMessages.fail(shard), fail));
  }

  /** From the token if there is a genuine one; otherwise somebody must look the item up. */
  private Future<Integer> shard(String tenant, UUID itemId, LeaseProof proof) {
    if (proof.token() != null) {
      var content = tokens.read(proof.token());
      if (content.isPresent() && content.get().shard() < shards.count()) {
        return Future.succeededFuture(content.get().shard());
      }
    }
    return bus.call(LeaseMessages.FIND_QUEUES, new FindQueues(tenant, itemId, null))
        .map(queues -> shards.of(tenant, queues.types().getFirst()));
  }
}
