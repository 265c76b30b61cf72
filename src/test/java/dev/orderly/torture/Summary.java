package dev.orderly.torture;

import dev.orderly.torture.Entry.Op;
import java.util.Locale;
import java.util.Map;

/** What was done in a run, for who wants to know whether it was worth something. */
final class Summary {
  private Summary() {}

  /**
   * @param agentsLimited whether agents have a limit
   */
  static void print(History history, Faults strikes, boolean agentsLimited) {
    for (var op : Op.values()) {
      var entries =
          history.ledger().stream()
              .filter(entry -> entry.op() == op && entry.status() != Entry.ASKING)
              .toList();
      System.out.printf(
          Locale.ROOT,
          "  %-10s %6d acknowledged, %5d refused, %4d failed or lost%n",
          op.name().toLowerCase(Locale.ROOT),
          entries.stream().filter(Entry::acknowledged).count(),
          entries.stream().filter(e -> e.status() >= 400 && e.status() < 500).count(),
          entries.stream().filter(e -> e.status() < 0 || e.status() >= 500).count());
    }
    long lapsed =
        history.events().stream().filter(event -> event.type().equals("lease_expired")).count();
    System.out.printf(
        "  %d orders, %d items, %d lapsed leases, %d changes applied%n",
        history.orders().size(), history.items().size(), lapsed, history.applied().size());
    System.out.println("  faults " + strikes.done());
    printLimits(history, agentsLimited);
  }

  private static void printLimits(History history, boolean agentsLimited) {
    var ofType =
        LeaseRules.peaks(history, hold -> Workload.key(hold) == null ? null : Workload.LIMITED);
    System.out.printf(
        "  most at one time: %d of %d leases of a type, %d of %d of a key, %d%s of an agent%n",
        most(ofType),
        Workload.TYPE_LEASES,
        most(LeaseRules.peaks(history, Workload::key)),
        Workload.KEY_LEASES,
        most(LeaseRules.peaks(history, Holds.Hold::agent)),
        agentsLimited ? " of " + Workload.AGENT_LEASES : "");
  }

  private static int most(Map<String, LeaseRules.Peak> peaks) {
    return peaks.values().stream().mapToInt(LeaseRules.Peak::leases).max().orElse(0);
  }

  static void printRedis(Stage stage) {
    System.out.printf(
        "  heartbeats since the nodes' last starts: %d kept in Redis, %d went past it%n",
        stage.counted("orderly_redis_heartbeats_total"),
        stage.counted("orderly_redis_fallbacks_total"));
  }
}
