package dev.orderly.state.propose;

import dev.orderly.audit.AuditLog;
import dev.orderly.audit.Event;
import dev.orderly.audit.ProvenanceLog;
import dev.orderly.bus.Bus;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.EventType;
import dev.orderly.domain.Rejected;
import dev.orderly.domain.Sha256;
import dev.orderly.domain.Violation;
import dev.orderly.idempotency.Answer;
import dev.orderly.lifecycle.WorkHints;
import dev.orderly.state.Commands;
import dev.orderly.state.Hooks;
import dev.orderly.state.OrderStore;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.storage.Ids;
import dev.orderly.storage.Pipeline;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Accepts a proposal and plans it into items, in one transaction. */
public final class ProposeOrder {
  private final Commands commands;
  private final TypeRegistry types;
  private final Hooks hooks;
  private final Bus bus;
  private final InstantSource clock;

  public ProposeOrder(
      Commands commands, TypeRegistry types, Hooks hooks, Bus bus, InstantSource clock) {
    this.bus = bus;
    this.hooks = hooks;
    this.commands = commands;
    this.types = types;
    this.clock = clock;
  }

  public Answer run(Propose command) {
    return run(command, null);
  }

  /**
   * @param also belongs to the order: done in its transaction, once it is written; may be null
   */
  Answer run(Propose command, BiConsumer<SqlConnection, UUID> also) {
    Planned planned;
    try {
      planned = plan(command);
    } catch (RuntimeException failure) {
      // The type may have changed since the request that had this key.
      var earlier = commands.earlier(command.idempotency());
      if (earlier == null) {
        throw failure;
      }
      return earlier;
    }
    var answer =
        commands.run(
            command.idempotency(), connection -> write(connection, command, planned, also));
    if (!answer.replayed()) {
      announce(bus, planned.order(), planned.plan().items());
    }
    return answer;
  }

  private record Planned(OrderType type, OrderView order, OrderPlan plan) {}

  private Planned plan(Propose command) {
    var type = types.current(command.type()).orElseThrow(() -> unknown(command.type()));
    var order =
        new OrderView(
            Ids.next(),
            command.caller().tenant(),
            type.name(),
            type.version(),
            command.payload(),
            command.meta(),
            command.priority(),
            clock.instant());
    return new Planned(type, order, hooks.run(() -> OrderPlan.of(type, order)));
  }

  /** Everything is sent before anything of it is waited for. */
  private static Answer write(
      SqlConnection connection,
      Propose command,
      Planned planned,
      BiConsumer<SqlConnection, UUID> also) {
    var order = planned.order();
    int items = planned.plan().items().size();
    var plan = planned.plan().after(connection, command);
    var written =
        Pipeline.all(
            List.of(
                NewOrders.insert(connection, command, planned.type(), order, plan),
                AuditLog.append(connection, events(command, order, items)),
                ProvenanceLog.append(connection, provenance(command, order))));
    if (also != null) {
      written.await();
      also.accept(connection, order.id());
    }
    var shown = Pipeline.both(written, OrderStore.shown(connection, order.id())).await();
    return Answer.of(201, new JsonObject().put("order", shown).put("items_count", items));
  }

  private Rejected unknown(String type) {
    var known = types.all().stream().map(OrderType::name).sorted().toList();
    return new Rejected(
        ErrorCode.UNKNOWN_TYPE,
        "There is no order type %s; known are: %s".formatted(type, String.join(", ", known)),
        List.of(new Violation("/type", "unknown_type", "is not the name of an order type")),
        List.of("GET the types to see what can be proposed"));
  }

  private static List<ProvenanceLog.Entry> provenance(Propose command, OrderView order) {
    return command.provenance() == null
        ? List.of()
        : List.of(
            new ProvenanceLog.Entry(
                order.id(), null, "propose", command.caller(), command.provenance()));
  }

  private static List<Event> events(Propose command, OrderView order, int items) {
    var caller = command.caller();
    var proposed =
        Event.of(caller.tenant(), order.id(), null, EventType.PROPOSED, caller.actor())
            .payload(
                new JsonObject()
                    .put("agent_id", caller.agentId())
                    .put("type", order.type())
                    .put("type_version", order.typeVersion())
                    .put("priority", order.priority())
                    .put("payload_sha256", Sha256.hex(order.payload().encode())))
            .request(caller.requestId());
    var planned =
        Event.of(caller.tenant(), order.id(), null, EventType.PLANNED, caller.actor())
            .payload(new JsonObject().put("item_count", items))
            .request(caller.requestId());
    return List.of(proposed, planned);
  }

  /** Tells those who wait for work; items that wait for others of the order are none yet. */
  private static void announce(Bus bus, OrderView order, List<ItemPlan> items) {
    items.stream()
        .filter(item -> item.dependsOn().isEmpty())
        .collect(
            Collectors.groupingBy(
                item -> OrderPlan.queue(item, order), Collectors.summingInt(item -> 1)))
        .forEach((type, count) -> WorkHints.publish(bus, order.tenant(), type, count, 0));
  }
}
