package dev.orderly.leasing;

import dev.orderly.leasing.LeaseMessages.CheckedOut;
import dev.orderly.leasing.LeaseMessages.Checkout;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Extended;
import dev.orderly.leasing.LeaseMessages.Fail;
import dev.orderly.leasing.LeaseMessages.Heartbeat;
import dev.orderly.leasing.LeaseMessages.Release;
import io.vertx.core.Future;

/** Where leases are asked for. Failures are always {@link dev.orderly.domain.Rejected}. */
public interface Desks {
  Future<CheckedOut> checkout(Checkout checkout);

  Future<Extended> heartbeat(Heartbeat heartbeat);

  Future<Ended> release(Release release);

  Future<Ended> fail(Fail fail);
}
