package dev.orderly.leasing.ending;

import dev.orderly.bus.Bus;
import dev.orderly.domain.ItemState;
import dev.orderly.leasing.FreedLeases;
import dev.orderly.leasing.LeaseMessages.Ended;
import dev.orderly.leasing.LeaseMessages.Queue;
import dev.orderly.lifecycle.WorkHints;
import java.util.Collection;
import java.util.HashMap;
import java.util.Objects;

/** Tells those who wait that items have come back to their queues, or that limits leave room. */
final class EndedLeases {
  private EndedLeases() {}

  /**
   * @param ended committed
   */
  static void announce(Bus bus, Collection<Ended> ended) {
    FreedLeases.announce(bus, ended.stream().map(Ended::freed).filter(Objects::nonNull).toList());
    // One hint for all that are due at once, one for each that still rests.
    var due = new HashMap<Queue, Integer>();
    for (var end : ended) {
      if (end.replayed() || end.state() != ItemState.QUEUED || !end.orderState().open()) {
        continue;
      }
      if (end.restSeconds() == 0) {
        due.merge(new Queue(end.tenant(), end.type()), 1, Integer::sum);
      } else {
        WorkHints.publish(bus, end.tenant(), end.type(), 1, end.restSeconds() * 1000L);
      }
    }
    due.forEach((queue, items) -> WorkHints.publish(bus, queue.tenant(), queue.type(), items, 0));
  }
}
