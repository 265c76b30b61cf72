package dev.orderly.state;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Violation;
import dev.orderly.leasing.HeldItem;
import dev.orderly.leasing.LeaseGuard;
import dev.orderly.state.StateMessages.Submit;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Asks types whether results are good, before anything is written. */
final class SubmissionCheck {
  private static final int ORDERS_REMEMBERED = 64;
  private static final int RECORDED_VIOLATIONS = 20;
  private static final int LARGEST_REMEMBERED_CHARS = 64 * 1024;

  private static final String FIND =
      "select " + HeldItem.COLUMNS + ", key, input from work_items where id = any($1)";

  private final Commands commands;
  private final LeaseGuard guard;
  private final TypeRegistry types;
  // What a type sees of an order never changes.
  private final Map<UUID, OrderView> orders =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, OrderView> eldest) {
          return size() > ORDERS_REMEMBERED;
        }
      };

  SubmissionCheck(Commands commands, LeaseGuard guard, TypeRegistry types) {
    this.commands = commands;
    this.guard = guard;
    this.types = types;
  }

  private record Found(HeldItem held, ItemView view) {}

  /** Why each submit that cannot be taken is refused; the others are absent. */
  Map<Submit, Rejected> refusals(List<Submit> submits) {
    var refused = new IdentityHashMap<Submit, Rejected>();
    if (submits.isEmpty()) {
      return refused;
    }
    var items = find(submits);
    for (var submit : submits) {
      var item = items.get(submit.itemId());
      var refusal = refusal(submit, item);
      if (refusal != null) {
        refused.put(submit, refusal);
      }
    }
    return refused;
  }

  private Map<UUID, Found> find(List<Submit> submits) {
    var items = new HashMap<UUID, Found>();
    var ids = submits.stream().map(Submit::itemId).toArray(UUID[]::new);
    for (Row row :
        commands.pool().preparedQuery(FIND).execute(Tuple.tuple().addArrayOfUUID(ids)).await()) {
      var held = HeldItem.of(row);
      items.put(
          held.id(),
          new Found(
              held,
              new ItemView(
                  held.id(), held.type(), row.getString("key"), row.getJsonObject("input"), null)));
    }
    return items;
  }

  private Rejected refusal(Submit submit, Found item) {
    // Only who holds the item learns what is wrong with a result.
    var notHeld =
        guard.check(
            "submit",
            submit.itemId(),
            item == null ? null : item.held(),
            submit.caller(),
            submit.proof());
    if (notHeld != null) {
      return notHeld;
    }
    var held = item.held();
    var type = types.version(held.orderType(), held.typeVersion());
    if (type.isEmpty()) {
      return TypeMissing.of(held.orderType(), held.typeVersion());
    }
    var violations = violations(type.get(), submit, item);
    if (violations.isEmpty()) {
      return null;
    }
    record(submit, held, violations);
    return new Rejected(
        ErrorCode.INVALID,
        "The result of item %s does not satisfy %s".formatted(held.id(), held.orderType()),
        violations,
        List.of("Correct the result and submit again; the lease is still yours"));
  }

  private List<Violation> violations(OrderType type, Submit submit, Found item) {
    try {
      var order = type.readsOrderOnSubmission() ? order(item.held()) : null;
      return Pointers.under(
          "/result", type.validateSubmission(order, item.view(), submit.result()));
    } catch (TypeFailure e) {
      return List.of(new Violation("/result", "check_failed", e.getMessage()));
    }
  }

  private OrderView order(HeldItem item) {
    var known = orders.get(item.orderId());
    if (known != null) {
      return known;
    }
    var order = OrderStore.find(commands.pool(), item.tenant(), item.orderId()).view();
    if (order.payload().encode().length() <= LARGEST_REMEMBERED_CHARS) {
      orders.put(order.id(), order);
    }
    return order;
  }

  /** A refused result changes nothing and leaves its line in the trail. */
  private void record(Submit submit, HeldItem item, List<Violation> violations) {
    var errors = new JsonArray();
    violations.stream()
        .limit(RECORDED_VIOLATIONS)
        .forEach(
            v ->
                errors.add(
                    new JsonObject()
                        .put("pointer", v.pointer())
                        .put("code", v.code())
                        .put("message", v.message())));
    commands.inTransaction(
        connection ->
            AuditLog.append(
                    connection,
                    List.of(
                        Event.of(
                                item.tenant(),
                                item.orderId(),
                                item.id(),
                                EventType.REFUSED,
                                submit.caller().agent())
                            .payload(
                                new JsonObject()
                                    .put("fence", item.fence())
                                    .put("violations", violations.size())
                                    .put("errors", errors))
                            .message("The result was not valid")
                            .request(submit.caller().requestId())))
                .await());
  }
}
