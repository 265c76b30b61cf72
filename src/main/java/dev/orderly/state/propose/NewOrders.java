package dev.orderly.state.propose;

import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.PartsProgress;
import dev.orderly.state.StateMessages.Propose;
import dev.orderly.storage.Pipeline;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.OrderType;
import dev.orderly.types.OrderView;
import dev.orderly.types.ReviewPolicy;
import dev.orderly.types.TypeSettings;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;

/** Writes orders and their items as they are planned, in the caller's transaction. */
public final class NewOrders {
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

  private NewOrders() {}

  /** Sends all of it at once. */
  static Future<Void> insert(
      SqlConnection connection, Propose command, OrderType type, OrderView order, OrderPlan plan) {
    var sent = new ArrayList<Future<?>>();
    sent.add(insertOrder(connection, command, type, order, plan));
    // An order keeps the policy that it was proposed under. The usual one costs nothing.
    if (!type.review().equals(ReviewPolicy.DEFAULT)) {
      sent.add(setReview(connection, order.id(), type.review()));
    }
    if (type.applyExtras().perItem()) {
      sent.add(ItemApplies.declare(connection, order.id()));
    }
    var ids = plan.dependencies().ids(plan.items().size());
    var queues =
        plan.items().stream().map(item -> OrderPlan.queue(item, order)).toArray(String[]::new);
    sent.add(insertItems(connection, type.settings(), order, plan, ids, queues));
    sent.add(plan.dependencies().insert(connection, order.tenant(), order.id(), ids));
    if (plan.required() != null) {
      sent.add(PartsProgress.plan(connection, order.tenant(), ids, plan.required()));
    }
    sent.add(
        connection
            .preparedQuery(INSERT_QUEUES)
            .execute(
                Tuple.tuple()
                    .addString(order.tenant())
                    .addArrayOfString(Arrays.stream(queues).distinct().toArray(String[]::new))));
    return Pipeline.all(sent);
  }

  private static Future<?> insertOrder(
      SqlConnection connection, Propose command, OrderType type, OrderView order, OrderPlan plan) {
    var dependencies = plan.dependencies();
    var settings = type.settings();
    return connection
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
                .addInteger(plan.items().size())
                .addInteger(settings.applyMaxAttempts())
                .addArrayOfUUID(dependencies.earlier().column())
                .addString(
                    dependencies.graph() == null
                        ? null
                        : type.dependencies().satisfiedBy().wire()));
  }

  private static Future<?> insertItems(
      SqlConnection connection,
      TypeSettings settings,
      OrderView order,
      OrderPlan plan,
      UUID[] ids,
      String[] queues) {
    var items = plan.items();
    var positions = new Integer[items.size()];
    Arrays.setAll(positions, i -> i);
    return connection
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
                .addArrayOfInteger(plan.dependencies().waitsFor(items.size())));
  }

  private static Future<?> setReview(SqlConnection connection, UUID order, ReviewPolicy policy) {
    return connection
        .preparedQuery(SET_REVIEW)
        .execute(
            Tuple.of(
                order,
                policy.quorum(),
                policy.fourEyes(),
                policy.digestRequired(),
                policy.escalateAfterSeconds()));
  }
}
