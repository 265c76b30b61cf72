package dev.orderly.api.ws;

import dev.orderly.bus.Bus;
import dev.orderly.leasing.LeaseMessages;
import dev.orderly.leasing.LeaseMessages.LeaseStatus;
import dev.orderly.leasing.LeaseMessages.ShowLeases;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the database how leases stand, for one event loop: one question at a time, so that many
 * leases that end at once are no burden.
 */
final class LeaseLookups {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseLookups.class);
  private static final int TOGETHER = 500;

  private final Bus bus;
  private final BiConsumer<Watched, LeaseStatus> found;
  private final Consumer<List<Watched>> failed;
  private final Deque<Watched> waiting = new ArrayDeque<>();
  private boolean asking;

  /**
   * @param found told of each lease; null if there is no such item any more
   * @param failed told of those that could not be looked up
   */
  LeaseLookups(Bus bus, BiConsumer<Watched, LeaseStatus> found, Consumer<List<Watched>> failed) {
    this.bus = bus;
    this.found = found;
    this.failed = failed;
  }

  void add(Watched lease) {
    waiting.add(lease);
  }

  /** Asks, unless a question is under way. */
  void next() {
    var some = asking ? List.<Watched>of() : take();
    if (some.isEmpty()) {
      return;
    }
    asking = true;
    var tokens = some.stream().map(lease -> lease.token).toList();
    bus.call(LeaseMessages.SHOW_LEASES, new ShowLeases(some.getFirst().socket.tenant(), tokens))
        .onComplete(
            statuses -> {
              asking = false;
              for (int i = 0; i < some.size(); i++) {
                found.accept(some.get(i), statuses.leases().get(i));
              }
            },
            failure -> {
              asking = false;
              LOG.warn("Leases will be looked up again: {}", failure.getMessage());
              failed.accept(some);
            });
  }

  /** Of one tenant, and still watched. */
  private List<Watched> take() {
    var some = new ArrayList<Watched>();
    while (!waiting.isEmpty() && some.size() < TOGETHER) {
      var lease = waiting.getFirst();
      if (!lease.gone) {
        if (!some.isEmpty() && !some.getFirst().socket.tenant().equals(lease.socket.tenant())) {
          break;
        }
        some.add(lease);
      }
      waiting.removeFirst();
    }
    return some;
  }
}
