package dev.orderly.applying.item;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.orderly.api.LiveApi;
import dev.orderly.applying.ApplyFixture;
import dev.orderly.applying.Hooked;
import dev.orderly.applying.LiveOrders;
import dev.orderly.applying.claim.ClaimLost;
import dev.orderly.applying.hold.Expected;
import dev.orderly.applying.sql.SqlApplier;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.domain.Progress.OnItemFailure;
import dev.orderly.domain.Violation;
import dev.orderly.lifecycle.ItemApplies;
import dev.orderly.lifecycle.ItemMove;
import dev.orderly.lifecycle.OrderProgress;
import dev.orderly.state.StateMessages;
import dev.orderly.state.StateMessages.Cancel;
import dev.orderly.storage.Tx;
import dev.orderly.testing.Engine;
import dev.orderly.testing.OrderRows;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import dev.orderly.types.ApplyExtras;
import dev.orderly.types.ApplySpec;
import dev.orderly.types.Diff;
import dev.orderly.types.Diffs;
import dev.orderly.types.ItemPlan;
import dev.orderly.types.ItemView;
import dev.orderly.types.JavaApply;
import dev.orderly.types.OrderView;
import dev.orderly.types.TypeSettings;
import dev.orderly.types.plugin.AbstractOrderType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ItemApplyTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  @TempDir static Path directory;

  private static final String SQL =
      """
      apply:
        sql:
          steps:
            - name: one
              statement: insert into done values (:id, :r)
              params: { id: item.id, r: item.result.r }
          diff:
            before: { value: '{}' }
            after: { value: '{"r": items.result.r}' }
        per: item
        max_attempts: 2
      """;

  private static LiveOrders orders;

  private final List<String> nodes = new ArrayList<>();
  private Hooked target;

  @BeforeAll
  static void deploy() {
    orders = new LiveOrders(db, directory);
    db.execute("create table public.done (id text, r text)");
  }

  @AfterAll
  static void close() {
    orders.close();
  }

  @BeforeEach
  void start() {
    target = new Hooked(db);
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> TestDatabase.await(db.vertx().undeploy(node)));
    target.close();
    db.execute("truncate public.done");
    db.execute("delete from work_orders");
  }

  private void webhook(String rest) {
    orders.declare(
        "hooked",
        "apply: { webhook: { url: '%s' }, per: item, max_attempts: 2 }\n%s"
            .formatted(target.url("/item"), rest));
  }

  /** The status 422 for the item of a key, 200 for the others. */
  private void refuse(String key) {
    target.answer(
        call -> key.equals(call.body().getJsonObject("item").getString("key")) ? 422 : 200);
  }

  private UUID submitted(String type, String... keys) {
    var order = orders.propose(type, keys);
    orders.submit(order, keys.length);
    return order;
  }

  private JsonObject item(UUID order, int position) {
    return orders.show(order).getJsonArray("items").getJsonObject(position);
  }

  private UUID itemId(UUID order, int position) {
    return UUID.fromString(item(order, position).getString("id"));
  }

  /** As an approval of single items does. */
  private void accept(UUID order, UUID item) {
    db.run(
        () ->
            new Tx(db.pool())
                .run(
                    connection -> {
                      var accepted =
                          connection
                              .preparedQuery(
                                  "update work_items set state = 'accepted', accepted_at = now()"
                                      + " where id = $1 and state = 'submitted'")
                              .execute(io.vertx.sqlclient.Tuple.of(item))
                              .await();
                      assertThat(accepted.rowCount()).isEqualTo(1);
                      ItemApplies.accepted(connection, order, List.of(item));
                      var move = new ItemMove(order, item, ItemState.SUBMITTED, ItemState.ACCEPTED);
                      return OrderProgress.record(connection, List.of(move)).await();
                    }));
  }

  private void awaitItem(UUID item, String state) {
    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!orders.engine().itemState(item).equals(state)) {
      assertThat(System.nanoTime()).as("the item became " + state).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private long rows() {
    return db.<Long>value("select count(*) from public.done");
  }

  @Test
  void eachItemIsAppliedByItselfAndTheOrderHasTheDiffOfAll() {
    orders.declare("each", SQL);
    nodes.add(orders.node());
    var order = submitted("each", "a", "b", "c");

    orders.approve(order);
    var shown = orders.await(order, "completed");

    assertThat(rows()).isEqualTo(3);
    assertThat(OrderRows.itemStates(db, order)).containsOnly("completed");
    var diff = shown.getJsonObject("diff");
    assertThat(diff.getJsonObject("after"))
        .isEqualTo(
            new JsonObject()
                .put("a", new JsonObject().put("r", "a"))
                .put("b", new JsonObject().put("r", "b"))
                .put("c", new JsonObject().put("r", "c")));
    assertThat(diff.getJsonArray("changes")).hasSize(3);
    assertThat(diff.getString("summary")).isEqualTo("3 items applied");
    var item = item(order, 1);
    assertThat(item.getJsonObject("diff").getJsonObject("after"))
        .isEqualTo(new JsonObject().put("r", "b"));
    assertThat(item.getString("applied_at")).isNotNull();
    assertThat(db.<Long>value("select count(*) from item_applies")).isZero();
    OrderRows.assertCounted(db, order);
    assertThat(orders.events(order, "applied")).hasSize(4);
  }

  @Test
  void anApprovalThatWaitsIsAnsweredOnceAllItemsAreApplied() {
    orders.declare("waited", SQL);
    nodes.add(orders.node());
    var order = submitted("waited", "a", "b", "c");

    var answer = orders.approve(order, 30);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(LiveApi.json(answer).getJsonObject("diff").getString("summary"))
        .isEqualTo("3 items applied");
  }

  @Test
  void theTargetGetsOneItemUnderItsOwnKey() {
    webhook("");
    nodes.add(orders.node());
    var order = submitted("hooked", "a", "b");

    orders.approve(order);
    orders.await(order, "completed");

    assertThat(target.calls("/item")).hasSize(2);
    for (var call : target.calls("/item")) {
      var item = call.body().getJsonObject("item");
      assertThat(call.headers().get("Idempotency-Key")).isEqualTo(item.getString("id"));
      assertThat(call.body().getJsonArray("items")).containsExactly(item);
    }
  }

  @Test
  void anItemAcceptedWhileOthersAreInWorkIsAppliedAtOnce() {
    orders.declare("early", SQL);
    nodes.add(orders.node());
    var order = orders.propose("early", "a", "b");
    var first = orders.submit(order, 1).getFirst();

    accept(order, first);
    awaitItem(first, "completed");

    assertThat(rows()).isEqualTo(1);
    assertThat(orders.show(order).getString("state")).isEqualTo("in_progress");
    orders.submit(order, 1);
    assertThat(orders.show(order).getString("state")).isEqualTo("submitted");
    orders.approve(order);
    var shown = orders.await(order, "completed");
    assertThat(rows()).isEqualTo(2);
    assertThat(shown.getJsonObject("diff").getJsonObject("after").fieldNames())
        .containsExactlyInAnyOrder("a", "b");
    OrderRows.assertCounted(db, order);
  }

  @Test
  void anItemThatCannotBeAppliedFailsItsOrderAndARetryOfItCompletesBoth() {
    webhook("");
    refuse("b");
    nodes.add(orders.node());
    var order = submitted("hooked", "a", "b", "c");

    orders.approve(order);
    var shown = orders.await(order, "failed");
    var failed = itemId(order, 1);
    awaitItem(itemId(order, 0), "completed");
    awaitItem(itemId(order, 2), "completed");

    assertThat(shown.getJsonObject("error").getString("message"))
        .contains(failed.toString())
        .contains("422");
    assertThat(item(order, 1).getString("state")).isEqualTo("failed");
    assertThat(item(order, 1).getJsonObject("error").getString("code")).isEqualTo("apply_failed");

    target.answer(call -> 200);
    var answer = orders.posted(200, "/items/" + failed + "/retry", new JsonObject());
    assertThat(answer.getString("order_state")).isEqualTo("approved");
    orders.await(order, "completed");

    assertThat(target.calls("/item")).hasSize(4);
    OrderRows.assertCounted(db, order);
  }

  @Test
  void aRetryOfTheOrderAppliesOnlyWhatFailed() {
    webhook("");
    target.answer(call -> 422);
    nodes.add(orders.node());
    var order = submitted("hooked", "a", "b");
    orders.approve(order);
    orders.await(order, "failed");
    awaitItem(itemId(order, 0), "failed");
    awaitItem(itemId(order, 1), "failed");

    target.answer(call -> 200);
    orders.posted(200, "/orders/" + order + "/retry", new JsonObject());
    orders.await(order, "completed");

    assertThat(target.calls("/item")).hasSize(4);
    OrderRows.assertCounted(db, order);
  }

  @Test
  void anOrderThatGoesOnWithoutItsFailedItemsCompletesWithTheOthers() {
    webhook("on_item_failure: continue\n");
    refuse("b");
    nodes.add(orders.node());
    var order = submitted("hooked", "a", "b");

    orders.approve(order);
    orders.await(order, "completed");

    assertThat(OrderRows.itemStates(db, order)).containsExactly("completed", "failed");
    OrderRows.assertCounted(db, order);
  }

  @Test
  void anOrderOfWhichNothingCouldBeAppliedFails() {
    webhook("on_item_failure: continue\n");
    target.answer(call -> 422);
    nodes.add(orders.node());
    var order = submitted("hooked", "a", "b");

    orders.approve(order);
    orders.await(order, "failed");

    assertThat(OrderRows.itemStates(db, order)).containsExactly("failed", "failed");
  }

  @Test
  void anItemWhoseApplyFailsWhileOthersAreInWorkFailsItsOrderUntilItIsRetried() {
    webhook("");
    target.answer(call -> 422);
    nodes.add(orders.node());
    var order = orders.propose("hooked", "a", "b");
    var first = orders.submit(order, 1).getFirst();
    accept(order, first);
    orders.await(order, "failed");
    assertThat(orders.engine().itemState(itemId(order, 1))).isEqualTo("queued");
    assertThat(item(order, 1).getBoolean("held")).isTrue();

    target.answer(call -> 200);
    orders.posted(200, "/orders/" + order + "/retry", new JsonObject());
    awaitItem(first, "completed");

    assertThat(item(order, 1).getBoolean("held")).isFalse();
    orders.submit(order, 1);
    orders.approve(order);
    orders.await(order, "completed");
    OrderRows.assertCounted(db, order);
  }

  @Test
  void aTargetThatIsAwayIsTriedAgainForEachItemAlone() {
    webhook("");
    target.answer(
        call ->
            "a".equals(call.body().getJsonObject("item").getString("key"))
                    && call.body().getInteger("attempt") == 1
                ? 503
                : 200);
    nodes.add(orders.node());
    var order = submitted("hooked", "a", "b");

    orders.approve(order);
    orders.await(order, "completed");

    assertThat(target.calls("/item")).hasSize(3);
    assertThat(orders.events(order, "apply_failed"))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.getString("item_id")).isEqualTo(item(order, 0).getString("id")));
  }

  @Test
  void aNodeThatDiedIsFollowedByAnotherAndItsLateTryChangesNothing() {
    orders.declare("dying", SQL);
    var order = submitted("dying", "a");
    orders.approve(order);
    var apply = new ApplyFixture(db);
    var late = apply.claim("dead-node");
    assertThat(late.itemId()).isEqualTo(itemId(order, 0));
    db.execute(
        "update item_applies set lease_expires_at = clock_timestamp() - interval '1 second'");

    nodes.add(orders.node());
    orders.await(order, "completed");

    var spec = (ApplySpec.Sql) orders.engine().registry().current("dying").orElseThrow().apply();
    assertThatThrownBy(
            () ->
                db.run(
                    () -> {
                      new SqlApplier(new Tx(db.pool())).apply(late, spec, Expected.ANYTHING);
                      return null;
                    }))
        .isInstanceOf(ClaimLost.class);
    assertThat(rows()).isEqualTo(1);
  }

  @Test
  void severalNodesApplyEachItemOnce() {
    orders.declare("crowd", SQL);
    for (int i = 0; i < 3; i++) {
      nodes.add(orders.node());
    }
    var all = IntStream.range(0, 5).mapToObj(n -> submitted("crowd", "a", "b", "c", "d")).toList();

    all.forEach(orders::approve);
    all.forEach(order -> orders.await(order, "completed"));

    assertThat(rows()).isEqualTo(20);
    assertThat(db.<Long>value("select count(distinct id) from public.done")).isEqualTo(20);
  }

  @Test
  void cancelsAndApprovalsAtOnceLeaveNothingInBetween() {
    orders.declare("raced", SQL);
    nodes.add(orders.node());
    for (int i = 0; i < 30; i++) {
      var order = submitted("raced", "a", "b");
      long before = rows();
      var approved = orders.engine().approveLater(order, 0, null);
      var cancelled =
          db.bus()
              .call(
                  StateMessages.CANCEL,
                  new Cancel(Engine.caller("tester"), order, "enough", true, null));
      TestDatabase.await(approved.transform(done -> Future.succeededFuture()));
      boolean gone =
          TestDatabase.await(cancelled.transform(done -> Future.succeededFuture(done.succeeded())));
      orders.await(order, gone ? "cancelled" : "completed");

      assertThat(rows() - before)
          .isEqualTo(OrderRows.itemStates(db, order).stream().filter("completed"::equals).count());
      assertThat(db.<Long>value("select count(*) from item_applies")).isZero();
      OrderRows.assertCounted(db, order);
    }
  }

  @Test
  void anOrderIsNotCancelledWhileAnItemIsBeingApplied() {
    orders.declare("cancel", SQL);
    var order = submitted("cancel", "a", "b");
    var begun = itemId(order, 0);
    accept(order, begun);
    new ApplyFixture(db).claim("node");

    var refused = orders.post("/orders/" + order + "/cancel", new JsonObject());

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(LiveApi.json(refused).getString("detail")).contains(begun.toString());
    assertThat(orders.engine().itemState(begun)).isEqualTo("accepted");
  }

  @Test
  void anOrderIsNotRejectedWithOneOfItsItemsWhileAnotherIsBeingApplied() {
    orders.declare("reject", SQL);
    var order = submitted("reject", "a", "b");
    var begun = itemId(order, 0);
    accept(order, begun);
    new ApplyFixture(db).claim("node");

    var refused = rejectForGood(itemId(order, 1));

    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(LiveApi.json(refused).getString("detail")).contains(begun.toString());
    assertThat(OrderRows.itemStates(db, order)).containsExactly("accepted", "submitted");
  }

  @Test
  void anOrderThatIsRejectedWithOneOfItsItemsAppliesNoOther() {
    orders.declare("rejected", SQL);
    var order = submitted("rejected", "a", "b");
    accept(order, itemId(order, 0));

    assertThat(rejectForGood(itemId(order, 1)).statusCode()).isEqualTo(200);

    assertThat(OrderRows.itemStates(db, order)).containsExactly("cancelled", "rejected");
    assertThat(db.<Long>value("select count(*) from item_applies")).isZero();
    OrderRows.assertCounted(db, order);
  }

  private HttpResponse<String> rejectForGood(UUID item) {
    var error = new JsonObject().put("code", "wrong").put("message", "no");
    return orders.post(
        "/items/" + item + "/reject", new JsonObject().put("errors", new JsonArray().add(error)));
  }

  /** As whatever ends an accepted item before it is applied does. */
  private void takeBack(UUID order, UUID item) {
    db.run(
        () ->
            new Tx(db.pool())
                .run(
                    connection -> {
                      connection
                          .preparedQuery(
                              "update work_items set state = 'cancelled'"
                                  + " where id = $1 and state = 'accepted'")
                          .execute(io.vertx.sqlclient.Tuple.of(item))
                          .await();
                      var move = new ItemMove(order, item, ItemState.ACCEPTED, ItemState.CANCELLED);
                      return OrderProgress.record(connection, List.of(move)).await();
                    }));
  }

  @Test
  void anItemIsTakenBackOnlyBeforeItsChangeBegins() {
    orders.declare("back", SQL);
    var order = submitted("back", "a", "b");
    var first = itemId(order, 0);
    accept(order, first);
    takeBack(order, first);
    assertThat(db.run(() -> new ApplyFixture(db).claims("node").take(5))).isEmpty();

    var item = itemId(order, 1);
    accept(order, item);
    new ApplyFixture(db).claim("node");

    assertThat(Engine.refusal(() -> takeBack(order, item)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(orders.engine().itemState(item)).isEqualTo("accepted");
  }

  @Test
  void anItemThatWasCancelledBeforeItsFirstTryIsNotApplied() {
    orders.declare("gone", SQL);
    var order = submitted("gone", "a", "b");
    accept(order, itemId(order, 0));

    orders.posted(200, "/orders/" + order + "/cancel", new JsonObject());

    assertThat(db.<Long>value("select count(*) from item_applies")).isZero();
    assertThat(OrderRows.itemStates(db, order)).containsOnly("cancelled");
    assertThat(db.run(() -> new ApplyFixture(db).claims("node").take(5))).isEmpty();
  }

  @Test
  void whatTheSystemApprovesIsAppliedAsItComes() {
    orders.declare("auto", "approval: { mode: auto }\n" + SQL);
    nodes.add(orders.node());
    var order = orders.propose("auto", "a", "b");

    var first = orders.submit(order, 1).getFirst();
    awaitItem(first, "completed");

    assertThat(orders.show(order).getString("state")).isEqualTo("in_progress");
    orders.submit(order, 1);
    orders.await(order, "completed");
    assertThat(rows()).isEqualTo(2);
  }

  @Test
  void whatTheTypeObjectsToIsLeftToPeople() {
    orders.declare(
        "picky",
        """
        approval:
          mode: auto
          checks: [ { code: bad, message: It is bad, expect: $not('bad' in items.result.r) } ]
        """
            + SQL);
    nodes.add(orders.node());
    var order = orders.propose("picky", "bad", "b");

    orders.submit(order, 1);

    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (orders.events(order, "refused").isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
    assertThat(OrderRows.itemStates(db, order)).containsExactly("submitted", "queued");
    assertThat(rows()).isZero();
  }

  /** Says nothing of whether a result is good before it may. */
  private static final class Slow extends AbstractOrderType {
    final BlockingQueue<UUID> asked = new LinkedBlockingQueue<>();
    final CountDownLatch may = new CountDownLatch(1);

    @Override
    public String name() {
      return "slow";
    }

    @Override
    public JsonObject schema() {
      return new JsonObject().put("type", "object");
    }

    @Override
    public JsonObject resultSchema() {
      return schema();
    }

    @Override
    public List<ItemPlan> plan(OrderView order) {
      var item = new ItemPlan(null, null, new JsonObject(), 1);
      return List.of(item, item, item);
    }

    @Override
    public TypeSettings settings() {
      return new TypeSettings(1, 0, 0, 0, 600, 60, true, OnItemFailure.FAIL, 1);
    }

    @Override
    public ApplyExtras applyExtras() {
      return ApplyExtras.PER_ITEM;
    }

    @Override
    public List<Violation> canApprove(OrderView order, List<ItemView> items) {
      asked.add(items.getFirst().id());
      try {
        may.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return List.of();
    }

    @Override
    public Diff apply(Context context) {
      return Diffs.of(new JsonObject(), new JsonObject(), null);
    }
  }

  @Test
  void nothingOfAnOrderThatFailedMeanwhileIsAcceptedAutomatically() throws InterruptedException {
    var slow = new Slow();
    orders.engine().type(slow);
    var order =
        UUID.fromString(
            orders
                .posted(
                    201,
                    "/propose",
                    new JsonObject().put("type", "slow").put("payload", new JsonObject()))
                .getJsonObject("order")
                .getString("id"));
    var first = orders.submit(order, 1).getFirst();
    assertThat(slow.asked.take()).isEqualTo(first);
    var second = orders.submit(order, 1).getFirst();
    var third =
        orders
            .posted(200, "/orders/" + order + "/checkout", new JsonObject())
            .getJsonObject("item")
            .getString("id");
    orders.posted(
        200,
        "/items/" + third + "/fail",
        new JsonObject().put("retryable", false).put("reason", "cannot be done"));
    assertThat(orders.engine().orderState(order)).isEqualTo("failed");

    slow.may.countDown();
    while (!slow.asked.take().equals(second)) {
      // Once it is asked of the second, it is done with the first.
    }

    assertThat(orders.engine().itemState(first)).isEqualTo("submitted");
    OrderRows.assertCounted(db, order);
  }

  @Test
  void hooksFollowOnceForTheWholeOrder() {
    orders.declare(
        "followed",
        SQL
            + """
            after_apply:
              - webhook: { url: '%s' }
            """
                .formatted(target.url("/told")));
    nodes.add(orders.node());
    var order = submitted("followed", "a", "b");

    orders.approve(order);
    orders.await(order, "completed");

    assertThat(target.calls("/told")).hasSize(1);
    var body = target.calls("/told").getFirst().body();
    assertThat(body.getJsonArray("items")).hasSize(2);
    assertThat(body.getJsonObject("diff").getJsonObject("after").fieldNames())
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void codeIsGivenOneItemAtATime() {
    var code =
        new JavaApply() {
          @Override
          public Diff apply(Context context) {
            var only = context.items().getFirst();
            assertThat(context.items()).hasSize(1);
            assertThat(context.idempotencyKey()).isEqualTo(only.id());
            context.query("insert into done values ($1, 'code')", only.id().toString());
            return Diffs.of(new JsonObject(), new JsonObject().put("n", only.input()), null);
          }
        };
    orders
        .engine()
        .type(new TestType("code").with(new ApplySpec.Java(code)).extras(ApplyExtras.PER_ITEM));
    nodes.add(orders.node());
    var order = orders.engine().work(orders.engine().propose("code", 3));

    orders.approve(order);
    orders.await(order, "completed");

    assertThat(rows()).isEqualTo(3);
  }
}
