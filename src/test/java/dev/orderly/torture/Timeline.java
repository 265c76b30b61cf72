package dev.orderly.torture;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** What happened to one item or order, from both sides, in order of time. */
final class Timeline {
  private record Line(long at, String text) {}

  private Timeline() {}

  /**
   * @param subject an item's or an order's id
   */
  static List<String> of(History history, String subject) {
    var lines = new ArrayList<Line>();
    long offset = offset();
    for (var entry : history.ledger()) {
      if (subject.equals(entry.item()) || subject.equals(entry.order()) && entry.item() == null) {
        boolean asking = entry.status() == Entry.ASKING;
        long at = (asking ? entry.sent() : entry.read()) / 1_000 + offset;
        lines.add(
            new Line(
                at,
                "%-8s %s fence %d %s%s%s"
                    .formatted(
                        entry.agent(),
                        entry.op(),
                        entry.fence(),
                        asking ? "asks" : "was told %d".formatted(entry.status()),
                        asking ? "" : ", sent " + time(entry.sent() / 1_000 + offset),
                        entry.expires() == 0
                            ? ""
                            : ", until " + time(entry.expires() / 1_000 + offset))));
      }
    }
    for (var event : history.events()) {
      boolean own = event.item() == null && subject.equals(event.order());
      if (subject.equals(event.item()) || own) {
        lines.add(
            new Line(
                event.at(),
                "database event %d %s %s fence %d%s"
                    .formatted(
                        event.id(),
                        event.type(),
                        event.from() == null ? "" : event.from() + " to " + event.to(),
                        event.fence(),
                        event.expires() == 0 ? "" : ", until " + time(event.expires()))));
      }
    }
    for (var outage : history.outages()) {
      lines.add(new Line(outage.from(), "fault    " + outage.fault()));
      lines.add(new Line(outage.until(), "fault    %s is over".formatted(outage.fault())));
    }
    var item = history.items().get(subject);
    var order = history.orders().get(subject);
    lines.add(new Line(history.readAt(), "at last  " + Objects.requireNonNullElse(item, order)));
    return lines.stream()
        .sorted(Comparator.comparingLong(Line::at))
        .map(line -> time(line.at()) + " " + line.text())
        .toList();
  }

  /** From the monotonic clock to the machine's, in microseconds. */
  private static long offset() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - System.nanoTime() / 1_000;
  }

  private static String time(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
  }
}
