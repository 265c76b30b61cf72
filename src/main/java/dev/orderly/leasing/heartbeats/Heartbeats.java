package dev.orderly.leasing.heartbeats;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Counts the heartbeats of leases whose expiry in the database is far away. It decides nothing:
 * whoever holds what, and until when, stands in the database. What is counted here may be lost at
 * any moment. Its futures never fail.
 */
public interface Heartbeats {

  /** Whether it is worth asking; if not, every heartbeat is written to the database. */
  boolean usable();

  /**
   * @return false if they were not taken: they must be written to the database then
   */
  Future<Boolean> record(List<Beat> beats);

  /** Hands over, and forgets, what was heard of these leases; those not heard of are absent. */
  Future<Map<LeaseId, Tally>> take(Collection<LeaseId> leases);

  /** Told of heartbeats that went straight to the database since this was not usable. */
  void passedBy(int heartbeats);

  /** Every heartbeat is written to the database. */
  static Heartbeats none() {
    return new Heartbeats() {
      @Override
      public boolean usable() {
        return false;
      }

      @Override
      public Future<Boolean> record(List<Beat> beats) {
        return Future.succeededFuture(false);
      }

      @Override
      public Future<Map<LeaseId, Tally>> take(Collection<LeaseId> leases) {
        return Future.succeededFuture(Map.of());
      }

      @Override
      public void passedBy(int heartbeats) {
        // As it should be.
      }
    };
  }
}
