package dev.orderly.leasing.desk;

import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Ending;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Extension;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;

/** Where leases are asked for. Failures are always {@link dev.orderly.domain.Rejected}. */
public interface Desks {
  Future<CheckedOut> checkout(Checkout checkout);

  /** Ends a checkout's wait early: nobody listens to its answer any more. */
  void leave(UUID waitId);

  /** Each heartbeat has an answer of its own, in their order. */
  Future<List<Extension>> heartbeat(List<Heartbeat> heartbeats);

  /** Each release has an answer of its own, in their order. */
  Future<List<Ending>> release(List<Release> releases);

  Future<Ended> fail(Fail fail);

  default Future<Extended> heartbeat(Heartbeat heartbeat) {
    return heartbeat(List.of(heartbeat))
        .map(List::getFirst)
        .compose(
            one ->
                one.refusal() == null
                    ? Future.succeededFuture(one.extended())
                    : Future.failedFuture(one.refusal().toRejected()));
  }

  default Future<Ended> release(Release release) {
    return release(List.of(release))
        .map(List::getFirst)
        .compose(
            one ->
                one.refusal() == null
                    ? Future.succeededFuture(one.ended())
                    : Future.failedFuture(one.refusal().toRejected()));
  }
}
