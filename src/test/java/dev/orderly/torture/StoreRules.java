package dev.orderly.torture;

import dev.orderly.domain.ItemState;
import dev.orderly.domain.OrderState;
import dev.orderly.domain.Sha256;
import dev.orderly.domain.Transitions;
import dev.orderly.torture.Entry.Op;
import dev.orderly.torture.History.Event;
import dev.orderly.torture.Rule.Broken;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** What the database holds, against what callers were told and against itself. */
final class StoreRules {
  private static final Map<Op, String> EVENT_OF =
      new EnumMap<>(
          Map.of(
              Op.CHECKOUT, "leased",
              Op.SUBMIT, "submitted",
              Op.RELEASE, "released",
              Op.FAIL, "attempt_failed"));
  private static final Set<String> WITH_RESULT = Set.of("submitted", "accepted", "completed");
  private static final Set<String> CHANGED = Set.of("applied", "completed");

  private record Key(String event, String item, long fence) {}

  private StoreRules() {}

  /** What was acknowledged happened, and nothing of that kind happened twice. */
  static List<Broken> answersAreKept(History history) {
    var broken = new ArrayList<Broken>();
    var times =
        history.events().stream()
            .filter(event -> event.item() != null && event.fence() > 0)
            .filter(event -> EVENT_OF.containsValue(event.type()))
            .collect(
                Collectors.groupingBy(
                    event -> new Key(event.type(), event.item(), event.fence()),
                    Collectors.counting()));
    times.forEach(
        (key, count) -> {
          if (count > 1) {
            broken.add(
                new Broken(
                    "once",
                    key.item(),
                    "%s %d times with fence %d".formatted(key.event(), count, key.fence())));
          }
        });
    for (var entry : history.ledger()) {
      var event = EVENT_OF.get(entry.op());
      if (event != null && entry.acknowledged() && !isKept(times.keySet(), event, entry)) {
        broken.add(
            new Broken(
                "answers are kept",
                entry.item(),
                "%s of %s with fence %d was acknowledged, and there is no event %s"
                    .formatted(entry.op(), entry.agent(), entry.fence(), event)));
      }
    }
    return broken;
  }

  /** Without a fence it may have been a later lease's, of which its caller was never told. */
  private static boolean isKept(Set<Key> kept, String event, Entry entry) {
    return kept.contains(new Key(event, entry.item(), entry.fence()))
        || (entry.bare()
            && kept.stream()
                .anyMatch(
                    key ->
                        key.event().equals(event)
                            && key.item().equals(entry.item())
                            && key.fence() > entry.fence()));
  }

  /** The result that was acknowledged is the one that is kept. */
  static List<Broken> resultsAreKept(History history) {
    var broken = new ArrayList<Broken>();
    var submitted = new HashMap<String, Map<Long, Event>>();
    history.events().stream()
        .filter(event -> event.type().equals("submitted") && event.item() != null)
        .forEach(
            event ->
                submitted
                    .computeIfAbsent(event.item(), item -> new HashMap<>())
                    .put(event.fence(), event));
    for (var entry : history.ledger()) {
      var events = submitted.getOrDefault(entry.item(), Map.of());
      var event = events.get(entry.fence());
      if (entry.op() != Op.SUBMIT || !entry.acknowledged() || event == null) {
        continue;
      }
      var item = history.items().get(entry.item());
      boolean newest = events.keySet().stream().noneMatch(fence -> fence > entry.fence());
      boolean shown = item != null && WITH_RESULT.contains(item.state());
      if (!Sha256.hex(entry.detail()).equals(event.digest())
          || (newest && shown && !entry.detail().equals(item.result()))) {
        broken.add(
            new Broken(
                "results are kept",
                entry.item(),
                "%s submitted %s with fence %d; the database has %s"
                    .formatted(
                        entry.agent(),
                        entry.detail(),
                        entry.fence(),
                        item == null ? null : item.result())));
      }
    }
    return broken;
  }

  /** Every acknowledged proposal is there, and however often one was sent, there is one order. */
  static List<Broken> proposalsAreKept(History history) {
    var broken = new ArrayList<Broken>();
    var names = new HashSet<String>();
    for (var order : history.orders().values()) {
      if (!names.add(order.name())) {
        broken.add(
            new Broken("proposals", order.id(), order.name() + " became more than one order"));
      }
    }
    for (var entry : history.ledger()) {
      if (entry.op() == Op.PROPOSE && entry.acknowledged()) {
        var order = history.orders().get(entry.order());
        if (order == null || !order.name().equals(entry.detail())) {
          broken.add(
              new Broken(
                  "proposals",
                  entry.order(),
                  "the proposal %s was acknowledged and is gone".formatted(entry.detail())));
        }
      }
    }
    return broken;
  }

  /** An applied order's change was made once, any other's never. */
  static List<Broken> appliedOnce(History history) {
    var broken = new ArrayList<Broken>();
    for (var order : history.orders().values()) {
      int wanted = CHANGED.contains(order.state()) ? 1 : 0;
      int made = history.applied().getOrDefault(order.id(), 0);
      if (made != wanted) {
        broken.add(
            new Broken(
                "applied once",
                order.id(),
                "its change was made %d times, and it is %s".formatted(made, order.state())));
      }
    }
    history.applied().keySet().stream()
        .filter(order -> !history.orders().containsKey(order))
        .forEach(order -> broken.add(new Broken("applied once", order, "there is no such order")));
    return broken;
  }

  /** Items and orders move along the transition tables, and stand where their last move ended. */
  static List<Broken> legalTransitions(History history) {
    var broken = new ArrayList<Broken>();
    var ofItems = new HashMap<String, List<Event>>();
    var ofOrders = new HashMap<String, List<Event>>();
    for (var event : history.events()) {
      if (event.from() != null) {
        (event.item() == null ? ofOrders : ofItems)
            .computeIfAbsent(
                event.item() == null ? event.order() : event.item(), id -> new ArrayList<>())
            .add(event);
      }
    }
    for (var item : history.items().values()) {
      var moves = ofItems.getOrDefault(item.id(), List.of());
      follow(item.id(), moves, item.state(), StoreRules::itemMay, broken);
    }
    for (var order : history.orders().values()) {
      var moves = ofOrders.getOrDefault(order.id(), List.of());
      follow(order.id(), moves, order.state(), StoreRules::orderMay, broken);
    }
    return broken;
  }

  private static void follow(
      String subject,
      List<Event> moves,
      String end,
      BiFunction<String, String, Boolean> legal,
      List<Broken> broken) {
    var at = "queued";
    for (var move : moves) {
      if (!move.from().equals(at) || !legal.apply(move.from(), move.to())) {
        broken.add(
            new Broken(
                "legal transitions",
                subject,
                "event %d moves it from %s to %s while it is %s"
                    .formatted(move.id(), move.from(), move.to(), at)));
        return;
      }
      at = move.to();
    }
    if (!at.equals(end)) {
      broken.add(
          new Broken(
              "legal transitions",
              subject,
              "its events end in %s, and it is %s".formatted(at, end)));
    }
  }

  private static boolean itemMay(String from, String to) {
    return Transitions.ITEM.allows(ItemState.of(from), ItemState.of(to));
  }

  private static boolean orderMay(String from, String to) {
    return Transitions.ORDER.allows(OrderState.of(from), OrderState.of(to));
  }
}
