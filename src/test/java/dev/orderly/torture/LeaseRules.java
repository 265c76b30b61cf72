package dev.orderly.torture;

import dev.orderly.torture.Entry.Op;
import dev.orderly.torture.Rule.Broken;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What callers were told about leases, against itself. */
final class LeaseRules {
  private LeaseRules() {}

  /** No item is held by two at one time. */
  static List<Broken> oneHolder(History history) {
    var broken = new ArrayList<Broken>();
    Holds.byItem(history.ledger())
        .forEach(
            (item, holds) -> {
              var last = holds.getFirst();
              for (var hold : holds.subList(1, holds.size())) {
                boolean own = hold.agent().equals(last.agent());
                // Of which lease its own heartbeat was, nobody can say.
                boolean unknown = hold.fence() == 0 || last.fence() == 0;
                if (hold.from() < last.until() && !(own && unknown)) {
                  broken.add(
                      new Broken(
                          "one holder",
                          item,
                          "%s (fence %d) and %s (fence %d) both held it for %.3f s"
                              .formatted(
                                  last.agent(),
                                  last.fence(),
                                  hold.agent(),
                                  hold.fence(),
                                  (Math.min(last.until(), hold.until()) - hold.from()) / 1e9)));
                }
                last = hold.until() > last.until() ? hold : last;
              }
            });
    return broken;
  }

  /** A lease that was given after another one's answer had come has a higher fence. */
  static List<Broken> fencesRise(History history) {
    var broken = new ArrayList<Broken>();
    leases(history)
        .forEach(
            (item, leases) -> {
              for (var later : leases) {
                for (var earlier : leases) {
                  boolean same = earlier != later && earlier.fence() == later.fence();
                  if (same || (earlier.read() < later.sent() && earlier.fence() > later.fence())) {
                    broken.add(
                        new Broken(
                            "fences rise",
                            item,
                            "%s got fence %d, then %s fence %d"
                                .formatted(
                                    earlier.agent(),
                                    earlier.fence(),
                                    later.agent(),
                                    later.fence())));
                    return;
                  }
                }
              }
            });
    return broken;
  }

  /** A holder that has lost its lease can change nothing. */
  static List<Broken> lostHoldersChangeNothing(History history) {
    var broken = new ArrayList<Broken>();
    var leases = leases(history);
    for (var write : history.ledger()) {
      if (!write.op().proves() || !write.acknowledged() || write.bare()) {
        continue;
      }
      leases.getOrDefault(write.item(), List.of()).stream()
          .filter(lease -> lease.fence() > write.fence() && lease.read() < write.sent())
          .findFirst()
          .ifPresent(
              lease ->
                  broken.add(
                      new Broken(
                          "lost holders change nothing",
                          write.item(),
                          "%s of %s with fence %d was accepted after %s had fence %d"
                              .formatted(
                                  write.op(),
                                  write.agent(),
                                  write.fence(),
                                  lease.agent(),
                                  lease.fence()))));
    }
    return broken;
  }

  /** Who names only an item can change nothing while somebody else has it. */
  static List<Broken> othersChangeNothing(History history) {
    var broken = new ArrayList<Broken>();
    var holds = Holds.byItem(history.ledger());
    for (var write : history.ledger()) {
      if (!write.op().proves() || !write.acknowledged() || !write.bare()) {
        continue;
      }
      holds.getOrDefault(write.item(), List.of()).stream()
          .filter(hold -> !hold.agent().equals(write.agent()))
          .filter(hold -> hold.from() <= write.sent() && write.read() <= hold.until())
          .findFirst()
          .ifPresent(
              hold ->
                  broken.add(
                      new Broken(
                          "others change nothing",
                          write.item(),
                          "%s of %s, which showed no lease, was accepted while %s had fence %d"
                              .formatted(write.op(), write.agent(), hold.agent(), hold.fence()))));
    }
    return broken;
  }

  /** Nobody is told that a lease is over which was promised for longer. */
  static List<Broken> lossesAreTrue(History history) {
    var broken = new ArrayList<Broken>();
    var holds = Holds.byItem(history.ledger());
    for (var lost : history.ledger()) {
      if (lost.op() != Op.LOST) {
        continue;
      }
      holds.getOrDefault(lost.item(), List.of()).stream()
          .filter(hold -> hold.fence() == lost.fence())
          .filter(hold -> hold.from() <= lost.read() && lost.read() < hold.until())
          .findFirst()
          .ifPresent(
              hold ->
                  broken.add(
                      new Broken(
                          "losses are true",
                          lost.item(),
                          "%s was told that fence %d is over, %.3f s before its end"
                              .formatted(
                                  lost.agent(),
                                  lost.fence(),
                                  (hold.until() - lost.read()) / 1e9))));
    }
    return broken;
  }

  /**
   * Of what has the same key, no more than so many are held at one time.
   *
   * @param key null for a lease that the limit does not concern
   */
  static Rule limit(String name, int max, Function<Holds.Hold, String> key) {
    return history ->
        peaks(history, key).entrySet().stream()
            .filter(peak -> peak.getValue().leases() > max)
            .map(
                peak ->
                    new Broken(
                        "limit " + name,
                        peak.getValue().item(),
                        "%d leases at one time for %s, which may have %d"
                            .formatted(peak.getValue().leases(), peak.getKey(), max)))
            .toList();
  }

  /**
   * @param leases the most that were certainly held at one time
   * @param item the one by which there were so many
   */
  record Peak(int leases, String item) {}

  /**
   * @param key null for a lease that is not counted
   */
  static Map<String, Peak> peaks(History history, Function<Holds.Hold, String> key) {
    var peaks = new HashMap<String, Peak>();
    Holds.of(history.ledger()).stream()
        .filter(hold -> key.apply(hold) != null)
        .collect(Collectors.groupingBy(key))
        .forEach((of, holds) -> peaks.put(of, peak(holds)));
    return peaks;
  }

  private static Peak peak(List<Holds.Hold> holds) {
    var peak = new Peak(0, null);
    var current = new PriorityQueue<>(Comparator.comparingLong(Holds.Hold::until));
    for (var hold : holds) {
      while (!current.isEmpty() && current.peek().until() <= hold.from()) {
        current.poll();
      }
      current.add(hold);
      if (current.size() > peak.leases()) {
        peak = new Peak(current.size(), hold.item());
      }
    }
    return peak;
  }

  private static Map<String, List<Entry>> leases(History history) {
    return history.ledger().stream()
        .filter(entry -> entry.op() == Op.CHECKOUT && entry.acknowledged())
        .filter(entry -> Objects.nonNull(entry.item()))
        .collect(Collectors.groupingBy(Entry::item));
  }
}
