package dev.orderly.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Events that share a row: of one kind, of items of one order, recorded together. What they have in
 * common is written once.
 */
final class EventGroup {
  /** How many numbers each row takes; V11 has the same figure. */
  static final int EVENTS_MAX = 64;

  /** Whoever reads one event reads what the others have of their own with it. */
  private static final int OWN_CHARS_MAX = 8_000;

  private final List<Event> events;
  private final Payloads payloads;

  private EventGroup(List<Event> events) {
    this.events = events;
    this.payloads = Payloads.of(events.stream().map(Event::payload).toList());
  }

  /** Events of one order stay in their order; those of different orders never had one. */
  static List<EventGroup> of(List<Event> events) {
    var alike = new ArrayList<List<Event>>();
    var latest = new HashMap<UUID, List<Event>>();
    for (var event : events) {
      var group = latest.get(event.orderId());
      if (group == null || group.size() == EVENTS_MAX || !alike(group.getFirst(), event)) {
        group = new ArrayList<>();
        alike.add(group);
        latest.put(event.orderId(), group);
      }
      group.add(event);
    }
    return alike.stream().flatMap(EventGroup::split).toList();
  }

  private static Stream<EventGroup> split(List<Event> events) {
    var group = new EventGroup(events);
    if (!group.shared() || group.payloads.ownChars() <= OWN_CHARS_MAX) {
      return Stream.of(group);
    }
    int half = events.size() / 2;
    return Stream.of(events.subList(0, half), events.subList(half, events.size()))
        .flatMap(EventGroup::split);
  }

  private static boolean alike(Event first, Event event) {
    return first.type() == event.type()
        && first.itemId() != null
        && event.itemId() != null
        && first.diff() == null
        && event.diff() == null
        && first.actor().kind() == event.actor().kind()
        && first.tenant().equals(event.tenant())
        && Objects.equals(first.message(), event.message())
        && Objects.equals(members(first), members(event));
  }

  /** The names of a payload's members; null if there is none. */
  private static Set<String> members(Event event) {
    return event.payload() == null ? null : event.payload().fieldNames();
  }

  Event first() {
    return events.getFirst();
  }

  List<Event> events() {
    return events;
  }

  boolean shared() {
    return events.size() > 1;
  }

  UUID lowestItem() {
    return shared() ? items().min(Comparator.naturalOrder()).orElseThrow() : first().itemId();
  }

  /** Null if there is just one. */
  UUID highestItem() {
    return shared() ? items().max(Comparator.naturalOrder()).orElseThrow() : null;
  }

  // Ids are of version 7: Java and PostgreSQL agree on their order.
  private Stream<UUID> items() {
    return events.stream().map(Event::itemId);
  }

  boolean sameActor() {
    return same(event -> event.actor().id());
  }

  boolean sameRequest() {
    return same(Event::requestId);
  }

  private boolean same(Function<Event, String> column) {
    var value = column.apply(first());
    return events.stream().allMatch(event -> Objects.equals(column.apply(event), value));
  }

  Payloads payloads() {
    return payloads;
  }
}
