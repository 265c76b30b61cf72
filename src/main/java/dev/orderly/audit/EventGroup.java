package dev.orderly.audit;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private final Event first;
  private final List<Event> events = new ArrayList<>();

  private EventGroup(Event first) {
    this.first = first;
    events.add(first);
  }

  /** Events of one order stay in their order; those of different orders never had one. */
  static List<EventGroup> of(List<Event> events) {
    var groups = new ArrayList<EventGroup>();
    var latest = new HashMap<UUID, EventGroup>();
    for (var event : events) {
      var group = latest.get(event.orderId());
      if (group != null && group.takes(event)) {
        group.events.add(event);
      } else {
        group = new EventGroup(event);
        groups.add(group);
        latest.put(event.orderId(), group);
      }
    }
    return groups;
  }

  private boolean takes(Event event) {
    return events.size() < EVENTS_MAX
        && first.type() == event.type()
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
    return first;
  }

  List<Event> events() {
    return events;
  }

  boolean shared() {
    return events.size() > 1;
  }

  UUID lowestItem() {
    return shared() ? items().min(Comparator.naturalOrder()).orElseThrow() : first.itemId();
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
    var value = column.apply(first);
    return events.stream().allMatch(event -> Objects.equals(column.apply(event), value));
  }

  /**
   * @param common the payload of all, as far as it is the same; null if they have none
   * @param own by member, the values in the order of the events; null if none differs
   */
  record Payload(String common, String own) {}

  Payload payload() {
    if (first.payload() == null) {
      return new Payload(null, null);
    }
    if (!shared()) {
      return new Payload(first.payload().encode(), null);
    }
    var common = new JsonObject();
    var own = new JsonObject();
    for (Map.Entry<String, Object> member : first.payload()) {
      var name = member.getKey();
      var value = member.getValue();
      if (events.stream().allMatch(e -> Objects.equals(e.payload().getValue(name), value))) {
        common.put(name, value);
      } else {
        var values = new JsonArray();
        events.forEach(event -> values.add(event.payload().getValue(name)));
        own.put(name, values);
      }
    }
    return new Payload(common.encode(), own.isEmpty() ? null : own.encode());
  }
}
