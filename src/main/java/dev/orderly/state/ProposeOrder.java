package dev.orderly.state;

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
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.state.dependencies.DependencyGraph;
import dev.orderly.state.dependencies.EarlierOrders;
import dev.orderly.state.dependencies.PlannedDependencies;
import dev.orderly.storage.Ids;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.ReviewPolicy;
import dev.orderly.types.TypeFailure;
import dev.orderly.types.TypeRegistry;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiConsumer;

/** Accepts a proposal and plans it into items, in one transaction. */
final class ProposeOrder {
  /** More items than this belong into several orders. */
  static final int MAX_ITEMS = 10_000;

  private static final String INSERT_ORDER =
      """
      insert into work_orders (id, tenant, type, type_version, state, priority, payload, meta,
        requested_by_type, requested_by_id, on_item_failure, auto_approve, items_queued, apply_max_attempts,
        depends_on, items_satisfied_by, last_transitioned_at, created_at, updated_at)
      values ($1, $2, $3, $4, 'queued', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now(), now(), now())
      """;

  private static final String SET_REVIEW =
      """
      update work_orders set review_quorum = $2, review_four_eyes = $3, review_digest_required = $4,
        review_escalate_seconds = $5, auto_approve = auto_approve and $2 = 1
      where id = $1
      """;

  private static final String INSERT_ITEMS =
      """
      insert into work_items (id, tenant, order_id, order_type, type_version, position, type, key, state,
        priority, rank, limit_key, input, max_attempts, available_at, waits_for, held,
        created_at, updated_at)
      select i, $1, $2, $3, $4, p, t, k, 'queued', $5,
        (extract(epoch from now()) * 1000)::bigint - $5::int * $12::bigint, l, input::jsonb, m,
        now(), coalesce(w, 0), coalesce(w, 0) > 0, now(), now()
      from unnest($6::uuid[], $7::int[], $8::text[], $9::text[], $10::text[], $11::int[], $13::text[],
        $14::int[]) as x(i, p, t, k, input, m, l, w)
      """;

  private static final String INSERT_QUEUES =
      """
      insert into queues (tenant, type) select $1, t from unnest($2::text[]) t order by t
      on conflict do nothing
      """;

  /** Where waiting never makes up for priority: a point is worth more than items grow old. */
  private static final long STRICT_MILLIS = 3_000_000_000_000L;

  private final Commands commands;
  private final TypeRegistry types;
  private final Hooks hooks;
  private final Bus bus;
  private final InstantSource clock;

  ProposeOrder(Commands commands, TypeRegistry types, Hooks hooks, Bus bus, InstantSource clock) {
    this.bus = bus;
    this.hooks = hooks;
    this.commands = commands;
    this.types = types;
    this.clock = clock;
  }

  Answer run(Propose command) {
    return run(command, (connection, order) -> {});
  }

  /**
   * @param also belongs to the order: done in its transaction, once it is written
   */
  Answer run(Propose command, BiConsumer<SqlConnection, UUID> also) {
    // First: the type may have changed since the request that had this key.
    var earlier = commands.earlier(command.idempotency());
    if (earlier != null) {
      return earlier;
    }
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
    var plan = hooks.run(() -> plan(type, order));
    var items = plan.items();
    var answer =
        commands.run(
            command.idempotency(),
            connection -> {
              insert(connection, command, type, order, plan.after(connection, command));
              if (type.applyExtras().perItem()) {
                ItemApplies.declare(connection, order.id());
              }
              also.accept(connection, order.id());
              AuditLog.append(connection, events(command, order, items)).await();
              ProvenanceLog.append(connection, provenance(command, order)).await();
              return Answer.of(
                  201,
                  new JsonObject()
                      .put("order", OrderStore.show(connection, order.id()))
                      .put("items_count", items.size()));
            });
    QueuedWork.announce(bus, order, items);
    return answer;
  }

  private Rejected unknown(String type) {
    var known = types.all().stream().map(OrderType::name).sorted().toList();
    return new Rejected(
        ErrorCode.UNKNOWN_TYPE,
        "There is no order type %s; known are: %s".formatted(type, String.join(", ", known)),
        List.of(new Violation("/type", "unknown_type", "is not the name of an order type")),
        List.of("GET the types to see what can be proposed"));
  }

  /**
   * @param limitKeys of the items, in their order; each is null unless the type has limits
   * @param required the keys of the parts that each item must have; null unless the type takes
   *     parts
   * @param dependencies of the items
   */
  private record Plan(
      List<ItemPlan> items,
      String[] limitKeys,
      List<List<String>> required,
      PlannedDependencies dependencies) {

    /** The same plan after the orders that the proposal names. */
    Plan after(SqlConnection connection, Propose command) {
      var earlier = EarlierOrders.find(connection, command.caller().tenant(), command.dependsOn());
      return new Plan(
          items, limitKeys, required, new PlannedDependencies(dependencies.graph(), earlier));
    }
  }

  private static Plan plan(OrderType type, OrderView order) {
    var violations = type.validatePayload(order.payload());
    if (!violations.isEmpty()) {
      throw Rejected.invalid(
          "The payload does not satisfy the schema of " + type.name(),
          Pointers.under("/payload", violations));
    }
    List<ItemPlan> items;
    String[] limitKeys;
    List<List<String>> required;
    try {
      items = type.plan(order);
      limitKeys = limitKeys(type, order, items);
      required = requiredParts(type, order, items);
    } catch (TypeFailure e) {
      throw Rejected.invalid(
          "This payload cannot be planned by %s: %s".formatted(type.name(), e.getMessage()),
          List.of(new Violation("/payload", "plan_failed", e.getMessage())));
    }
    if (items.isEmpty()) {
      throw new Rejected(
          ErrorCode.EMPTY_PLAN,
          "The plan of %s has no items for this payload".formatted(type.name()),
          List.of(new Violation("/payload", "empty_plan", "plans no items")),
          List.of());
    }
    if (items.size() > MAX_ITEMS) {
      throw Rejected.invalid(
          "The plan has %d items; an order takes at most %d".formatted(items.size(), MAX_ITEMS),
          List.of(new Violation("/payload", "too_many_items", "plans too many items")));
    }
    return new Plan(items, limitKeys, required, PlannedDependencies.of(DependencyGraph.of(items)));
  }

  private static String[] limitKeys(OrderType type, OrderView order, List<ItemPlan> items) {
    var keys = new String[items.size()];
    if (type.settings().limits().any() && items.size() <= MAX_ITEMS) {
      Arrays.setAll(keys, i -> Objects.requireNonNullElse(type.limitKey(order, items.get(i)), ""));
    }
    return keys;
  }

  private static List<List<String>> requiredParts(
      OrderType type, OrderView order, List<ItemPlan> items) {
    var parts = type.parts();
    return parts == null || items.size() > MAX_ITEMS
        ? null
        : items.stream()
            .map(
                item ->
                    parts
                        .rules()
                        .requiredParts(
                            order,
                            new ItemView(null, queue(item, order), item.key(), item.input(), null)))
            .toList();
  }

  private static void insert(
      SqlConnection connection, Propose command, OrderType type, OrderView order, Plan plan) {
    var items = plan.items();
    var dependencies = plan.dependencies();
    var settings = type.settings();
    connection
        .preparedQuery(INSERT_ORDER)
        .execute(
            Tuple.tuple()
                .addUUID(order.id())
                .addString(order.tenant())
                .addString(order.type())
                .addString(order.typeVersion())
                .addInteger(order.priority())
                .addValue(order.payload())
                .addValue(order.meta())
                .addString(command.caller().actor().kind().wire())
                .addString(command.caller().actor().id())
                .addString(settings.onItemFailure().name().toLowerCase(Locale.ROOT))
                .addBoolean(settings.autoApprove())
                .addInteger(items.size())
                .addInteger(settings.applyMaxAttempts())
                .addArrayOfUUID(dependencies.earlier().column())
                .addString(
                    dependencies.graph() == null ? null : type.dependencies().satisfiedBy().wire()))
        .await();
    setReview(connection, order.id(), type.review());
    var ids = dependencies.ids(items.size());
    var positions = new Integer[items.size()];
    Arrays.setAll(positions, i -> i);
    var queues = items.stream().map(item -> queue(item, order)).toArray(String[]::new);
    connection
        .preparedQuery(INSERT_ITEMS)
        .execute(
            Tuple.tuple()
                .addString(order.tenant())
                .addUUID(order.id())
                .addString(order.type())
                .addString(order.typeVersion())
                .addInteger(order.priority())
                .addArrayOfUUID(ids)
                .addArrayOfInteger(positions)
                .addArrayOfString(queues)
                .addArrayOfString(items.stream().map(ItemPlan::key).toArray(String[]::new))
                .addArrayOfString(
                    items.stream().map(i -> i.input().encode()).toArray(String[]::new))
                .addArrayOfInteger(
                    items.stream()
                        .map(
                            i -> i.maxAttempts() == null ? settings.maxAttempts() : i.maxAttempts())
                        .toArray(Integer[]::new))
                .addLong(
                    settings.ageingSeconds() == 0
                        ? STRICT_MILLIS
                        : settings.ageingSeconds() * 1000L)
                .addArrayOfString(plan.limitKeys())
                .addArrayOfInteger(dependencies.waitsFor(items.size())))
        .await();
    dependencies.insert(connection, order.tenant(), order.id(), ids);
    if (plan.required() != null) {
      PartsProgress.plan(connection, order.tenant(), ids, plan.required()).await();
    }
    connection
        .preparedQuery(INSERT_QUEUES)
        .execute(
            Tuple.tuple()
                .addString(order.tenant())
                .addArrayOfString(Arrays.stream(queues).distinct().toArray(String[]::new)))
        .await();
  }

  /** An order keeps the policy that it was proposed under. The usual one costs nothing. */
  private static void setReview(SqlConnection connection, UUID order, ReviewPolicy policy) {
    if (!policy.equals(ReviewPolicy.DEFAULT)) {
      connection
          .preparedQuery(SET_REVIEW)
          .execute(
              Tuple.of(
                  order,
                  policy.quorum(),
                  policy.fourEyes(),
                  policy.digestRequired(),
                  policy.escalateAfterSeconds()))
          .await();
    }
  }

  /** The queue that an item of the order stands in. */
  static String queue(ItemPlan item, OrderView order) {
    return item.type() == null ? order.type() : item.type();
  }

  private static List<ProvenanceLog.Entry> provenance(Propose command, OrderView order) {
    return command.provenance() == null
        ? List.of()
        : List.of(
            new ProvenanceLog.Entry(
                order.id(), null, "propose", command.caller(), command.provenance()));
  }

  private static List<Event> events(Propose command, OrderView order, List<ItemPlan> items) {
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
            .payload(new JsonObject().put("item_count", items.size()))
            .request(caller.requestId());
    return List.of(proposed, planned);
  }
}
