package dev.orderly.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.orderly.domain.Actor;
import dev.orderly.domain.Caller;
import dev.orderly.domain.ErrorCode;
import dev.orderly.domain.ItemState;
import dev.orderly.idempotency.Answer;
import dev.orderly.leasing.LeaseProof;
import dev.orderly.lifecycle.OrderHints;
import dev.orderly.testing.Engine;
import dev.orderly.testing.LeasedItems;
import dev.orderly.testing.TestDatabase;
import dev.orderly.testing.TestType;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commands on orders and items, over the bus, on a real database. */
class StateTest {
  @RegisterExtension static final TestDatabase db = new TestDatabase();

  private static final JsonObject OK = new JsonObject().put("ok", true);

  private static Engine engine;

  @BeforeAll
  static void start() {
    engine = new Engine(db);
  }

  private static String type(String name) {
    engine.type(new TestType(name));
    return name;
  }

  private static long orders(String type) {
    return db.<Long>value("select count(*) from work_orders where type = $1", type);
  }

  @Test
  void proposesAndPlansInOneStep() {
    var items = new JsonArray().add(new JsonObject()).add(new JsonObject());
    var answer = engine.propose(type("proposed"), new JsonObject().put("items", items), 7, null);

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.body().getInteger("items_count")).isEqualTo(2);
    var order = answer.body().getJsonObject("order");
    assertThat(order.getString("state")).isEqualTo("queued");
    assertThat(order.getInteger("priority")).isEqualTo(7);
    assertThat(order.getString("requested_by_id")).isEqualTo("tester");
    assertThat(order.getJsonObject("item_counts").getInteger("queued")).isEqualTo(2);
    assertThat(engine.events("order_id", Engine.orderId(answer)))
        .containsExactly("proposed", "planned");
  }

  @Test
  void storesNothingOfAProposalThatItRefuses() {
    var type = type("refused");
    var bad =
        Engine.refusal(() -> engine.propose(type, new JsonObject().put("items", "none"), 0, null));
    var empty =
        Engine.refusal(
            () -> engine.propose(type, new JsonObject().put("items", new JsonArray()), 0, null));
    var unknown = Engine.refusal(() -> engine.propose("no.such.type", 1));

    assertThat(bad.code()).isEqualTo(ErrorCode.INVALID);
    assertThat(bad.errors().getFirst().pointer()).isEqualTo("/payload/items");
    assertThat(empty.code()).isEqualTo(ErrorCode.EMPTY_PLAN);
    assertThat(unknown.code()).isEqualTo(ErrorCode.UNKNOWN_TYPE);
    assertThat(orders(type)).isZero();
  }

  @Test
  void takesAResultAndEndsTheLease() {
    var order = engine.propose(type("submitted"), 1);
    var item = engine.checkout("a", order);

    var answer = engine.submit(item);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body().getString("order_state")).isEqualTo("submitted");
    var row = db.row("select * from work_items_now where id = $1", item.id());
    assertThat(row.getString("state")).isEqualTo("submitted");
    assertThat(row.getJsonObject("result")).isEqualTo(OK);
    assertThat(row.getString("leased_by_agent_id")).isNull();
    assertThat(row.getString("submitted_by_agent_id")).isEqualTo("a");
    assertThat(engine.events("order_id", order))
        .containsExactly(
            "proposed",
            "planned",
            "leased",
            "checked_out",
            "submitted",
            "in_progress",
            "submitted");
  }

  @Test
  void refusesAnInvalidResultAndKeepsTheLease() {
    var order = engine.propose(type("invalid"), 1);
    var item = engine.checkout("a", order);

    var refusal =
        Engine.refusal(() -> engine.submit(item, new JsonObject().put("ok", false), null));

    assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID);
    assertThat(refusal.errors().getFirst().pointer()).isEqualTo("/result/ok");
    assertThat(engine.itemState(item.id())).isEqualTo("leased");
    assertThat(engine.events("item_id", item.id())).containsExactly("leased", "refused");
    assertThat(engine.submit(item).status()).isEqualTo(202);
  }

  @Test
  void tellsNobodyButTheHolderWhatIsWrongWithAResult() {
    var item = engine.checkout("a", engine.propose(type("private"), 1));

    var refusal =
        Engine.refusal(
            () ->
                TestDatabase.await(
                    engine.submitLater("b", item.id(), LeaseProof.NONE, new JsonObject(), null)));

    assertThat(refusal.code()).isEqualTo(ErrorCode.LEASE_CONFLICT);
    assertThat(refusal.errors()).isEmpty();
  }

  @Test
  void takesAnItemsResultOnceHoweverManySubmitAtOnce() {
    var item = engine.checkout("a", engine.propose(type("racing"), 1));
    var submits = new ArrayList<Future<Answer>>();
    for (int i = 0; i < 20; i++) {
      submits.add(
          engine.submitLater(
              "a",
              item.id(),
              Engine.proof(item),
              new JsonObject().put("ok", true).put("n", i),
              null));
    }
    TestDatabase.await(Future.join(submits).otherwiseEmpty());

    assertThat(submits.stream().filter(Future::succeeded)).hasSize(1);
    assertThat(engine.events("item_id", item.id())).containsExactly("leased", "submitted");
  }

  @Test
  void replaysTheFirstAnswerToTheSameKeyAndBody() {
    var order = engine.propose(type("replayed"), 1);
    var item = engine.checkout("a", order);
    var key = Engine.key("submit:" + item.id(), "k", "01");

    var first = engine.submit(item, OK, key);
    var second = engine.submit(item, OK, key);

    assertThat(first.replayed()).isFalse();
    assertThat(second.replayed()).isTrue();
    assertThat(second.status()).isEqualTo(202);
    assertThat(second.body()).isEqualTo(first.body());
  }

  @Test
  void refusesAKeyThatWasUsedForAnotherBody() {
    var item = engine.checkout("a", engine.propose(type("mismatched"), 1));
    engine.submit(item, OK, Engine.key("submit:" + item.id(), "k", "01"));

    var refusal =
        Engine.refusal(() -> engine.submit(item, OK, Engine.key("submit:" + item.id(), "k", "02")));

    assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_MISMATCH);
  }

  @Test
  void letsARefusedRequestUseItsKeyAgain() {
    var item = engine.checkout("a", engine.propose(type("retryable"), 1));
    var key = Engine.key("submit:" + item.id(), "k", "01");
    Engine.refusal(() -> engine.submit(item, new JsonObject(), key));

    assertThat(engine.submit(item, OK, key).replayed()).isFalse();
  }

  @Test
  void hasOneEffectOfDuplicatesThatRunAtTheSameMoment() {
    var type = type("duplicated");
    var payload = new JsonObject().put("items", new JsonArray().add(new JsonObject()));
    var key = Engine.key("propose", "same", "01");
    var calls = new ArrayList<Future<Answer>>();
    for (int i = 0; i < 20; i++) {
      calls.add(
          db.bus()
              .call(
                  StateMessages.PROPOSE,
                  new StateMessages.Propose(
                      Engine.caller("a"), type, payload, new JsonObject(), 0, null, key)));
    }
    TestDatabase.await(Future.join(calls).otherwiseEmpty());

    assertThat(orders(type)).isEqualTo(1);
    var answered = calls.stream().filter(Future::succeeded).map(Future::result).toList();
    assertThat(answered.stream().filter(a -> !a.replayed())).hasSize(1);
    assertThat(answered.stream().map(a -> Engine.orderId(a)).distinct()).hasSize(1);
    assertThat(calls.stream().filter(Future::failed))
        .allSatisfy(
            call ->
                assertThat(Engine.refusal(() -> TestDatabase.await(call)).code())
                    .isEqualTo(ErrorCode.IDEMPOTENCY_IN_PROGRESS));
  }

  @Test
  void answersWhatWasAnsweredThoughAnotherRepeatIsRunning() {
    var type = type("repeated");
    var key = Engine.key("propose", "repeated", "01");
    var request =
        new StateMessages.Propose(
            Engine.caller("a"),
            type,
            new JsonObject().put("items", new JsonArray().add(new JsonObject())),
            new JsonObject(),
            0,
            null,
            key);
    var first = TestDatabase.await(db.bus().call(StateMessages.PROPOSE, request));
    var running = db.begun();
    TestDatabase.await(
        running
            .preparedQuery("select pg_advisory_xact_lock($1)")
            .execute(Tuple.of(key.digest().getLong(0))));

    var again = TestDatabase.await(db.bus().call(StateMessages.PROPOSE, request));

    assertThat(again.replayed()).isTrue();
    assertThat(again.body()).isEqualTo(first.body());
    TestDatabase.await(running.close());
  }

  @Test
  void aCancelDoesNotWaitForLongForAnItemThatSomethingElseKeeps() {
    var order = engine.propose(type("kept"), 2);
    var held = engine.checkout("a", order);
    var kept = db.begun();
    TestDatabase.await(
        kept.preparedQuery("select 1 from work_items where order_id = $1 and id <> $2 for update")
            .execute(Tuple.of(order, held.id())));

    var refusal = Engine.refusal(() -> engine.cancel(order));

    assertThat(refusal.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(refusal.getMessage()).contains("a change that is being made");
    assertThat(engine.heartbeat(held).state()).isEqualTo(ItemState.IN_PROGRESS);
    TestDatabase.await(kept.close());
    engine.cancel(order);
    assertThat(engine.orderState(order)).isEqualTo("cancelled");
  }

  @Test
  void approvesOnceHoweverManyApproveAtOnce() {
    var order = engine.work(engine.propose(type("approved"), 2));
    var approvals = new ArrayList<Future<Answer>>();
    for (int i = 0; i < 10; i++) {
      approvals.add(engine.approveLater(order, 0, null));
    }
    TestDatabase.await(Future.join(approvals).otherwiseEmpty());

    assertThat(approvals.stream().filter(Future::succeeded)).hasSize(1);
    assertThat(approvals.stream().filter(Future::failed))
        .allSatisfy(
            approval ->
                assertThat(Engine.refusal(() -> TestDatabase.await(approval)).code())
                    .isEqualTo(ErrorCode.STATE_CONFLICT));
    assertThat(engine.orderState(order)).isEqualTo("approved");
    assertThat(engine.events("order_id", order).stream().filter("approved"::equals)).hasSize(1);
    assertThat(
            db.<Long>value(
                "select count(*) from work_items_now where order_id = $1 and state = 'accepted'",
                order))
        .isEqualTo(2);
  }

  @Test
  void refusesToApproveWhatIsNotSubmittedOrNotReady() {
    var order = engine.propose(type("unready"), 1);
    assertThat(Engine.refusal(() -> engine.approve(order, 0)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
    engine.submit(engine.checkout("a", order), OK.copy().put("ready", false), null);

    var refusal = Engine.refusal(() -> engine.approve(order, 0));

    assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_READY);
    assertThat(refusal.errors().getFirst().code()).isEqualTo("not_ready");
    assertThat(engine.orderState(order)).isEqualTo("submitted");
  }

  @Test
  void answers202WhenTheChangeIsNotMadeInTime() {
    var order = engine.work(engine.propose(type("waiting"), 1));

    var answer = engine.approve(order, 1);

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.body().getString("status_url")).isEqualTo("/orders/" + order);
  }

  @Test
  void approvesByItselfWhatTheTypeLetsItApprove() {
    engine.type(new TestType("automatic").autoApproved());
    var approved = Promise.<UUID>promise();
    db.bus().listen(OrderHints.APPROVED, hint -> approved.tryComplete(hint.orderId()));

    var order = engine.work(engine.propose("automatic", 2));

    assertThat(TestDatabase.await(approved.future())).isEqualTo(order);
    assertThat(engine.orderState(order)).isEqualTo("approved");
    assertThat(
            db.row("select approved_by_type, approved_by_id from work_orders where id = $1", order))
        .isEqualTo(
            new JsonObject()
                .put("approved_by_type", "system")
                .put("approved_by_id", "auto-approval"));
  }

  @Test
  void leavesToPeopleWhatIsNotReadyForItsAutomaticApproval() {
    engine.type(new TestType("automatic.unready").autoApproved());
    var order = engine.propose("automatic.unready", 1);

    engine.submit(engine.checkout("a", order), OK.copy().put("ready", false), null);

    long end = System.nanoTime() + TestDatabase.LIMIT.toNanos();
    while (!engine.events("order_id", order).contains("refused")) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
    assertThat(engine.orderState(order)).isEqualTo("submitted");
    assertThat(db.<Boolean>value("select auto_approve from work_orders where id = $1", order))
        .isFalse();
  }

  @Test
  void sendsAllItemsBackWithWhatTheReviewerAskedFor() {
    var order = engine.work(engine.propose(type("rework"), 2));

    engine.reject(order, true);

    assertThat(engine.orderState(order)).isEqualTo("queued");
    var item = engine.checkout("b", order);
    assertThat(LeasedItems.json(item).getJsonArray("errors"))
        .containsExactly(
            new JsonObject()
                .put("code", "wrong")
                .put("message", "look again")
                .put("pointer", "/ok"));
    assertThat(item.attempt()).isEqualTo(1);
    assertThat(item.lease().fence()).isEqualTo(2);
  }

  @Test
  void sendsOnlyTheNamedItemsBack() {
    var order = engine.propose(type("rework.some"), 2);
    var bad = engine.checkout("a", order);
    engine.submit(bad);
    engine.submit(engine.checkout("a", order));

    engine.reject(order, true, bad.id());

    assertThat(engine.orderState(order)).isEqualTo("in_progress");
    assertThat(engine.checkout("b", order).id()).isEqualTo(bad.id());
    var stranger =
        Engine.refusal(
            () -> {
              var other = engine.work(engine.propose("rework.some", 1));
              engine.reject(other, true, bad.id());
            });
    assertThat(stranger.errors().getFirst().pointer()).isEqualTo("/items/0");
  }

  @Test
  void rejectsForGood() {
    var order = engine.work(engine.propose(type("rejected"), 1));

    engine.reject(order, false);

    assertThat(engine.orderState(order)).isEqualTo("rejected");
    assertThat(db.<String>value("select state from work_items_now where order_id = $1", order))
        .isEqualTo("rejected");
    assertThat(Engine.refusal(() -> engine.reject(order, true)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void cancelsWhatIsNotFinishedAndTakesItsLeasesAway() {
    var order = engine.propose(type("cancelled"), 3);
    engine.submit(engine.checkout("a", order));
    var held = engine.checkout("b", order);

    engine.cancel(order);

    assertThat(engine.orderState(order)).isEqualTo("cancelled");
    assertThat(Engine.refusal(() -> engine.submit(held)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(
            db.row(
                "select items_cancelled, items_leased, items_queued from work_orders where id = $1",
                order))
        .isEqualTo(
            new JsonObject()
                .put("items_cancelled", 3)
                .put("items_leased", 0)
                .put("items_queued", 0));
    assertThat(Engine.refusal(() -> engine.cancel(order)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void letsOnlyTheProposerOrAnAdministratorCancel() {
    var order = engine.propose(type("owned"), 1);
    var stranger = new Caller(Engine.TENANT, new Actor(Actor.Kind.USER, "stranger"), "x", "r");

    var refusal =
        Engine.refusal(
            () ->
                TestDatabase.await(
                    db.bus()
                        .call(
                            StateMessages.CANCEL,
                            new StateMessages.Cancel(stranger, order, null, false, null))));

    assertThat(refusal.code()).isEqualTo(ErrorCode.FORBIDDEN);
    assertThat(engine.orderState(order)).isEqualTo("queued");
  }

  @Test
  void retriesFailedItemsWithTheirAttemptsReset() {
    var order = engine.propose(type("retried"), 2);
    engine.fail(engine.checkout("a", order), false);
    assertThat(engine.orderState(order)).isEqualTo("failed");

    engine.retryOrder(order);

    assertThat(engine.orderState(order)).isEqualTo("queued");
    assertThat(engine.checkout("a", order).attempt()).isEqualTo(1);
    engine.work(order);
  }

  @Test
  void retriesOneItemAndKeepsTheOrderFailedWhileAnotherIs() {
    var order = engine.propose(type("retried.one"), 2);
    var one = engine.checkout("a", order);
    var two = engine.checkout("a", order);
    engine.fail(one, false);
    engine.fail(two, false);

    engine.retryItem(one.id());
    assertThat(engine.orderState(order)).isEqualTo("failed");
    assertThat(Engine.refusal(() -> engine.checkout("a", order)).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);

    engine.retryItem(two.id());
    assertThat(engine.orderState(order)).isEqualTo("queued");
    assertThat(engine.checkout("a", order)).isNotNull();
    assertThat(Engine.refusal(() -> engine.retryItem(two.id())).code())
        .isEqualTo(ErrorCode.STATE_CONFLICT);
  }

  @Test
  void doesNotMixANewResultIntoWhatWasApproved() {
    engine.type(new TestType("mixed.approval").continuing());
    var order = engine.propose("mixed.approval", 2);
    var failed = engine.checkout("a", order);
    engine.fail(failed, false);
    engine.work(order);
    engine.approve(order, 0);
    db.execute(
        """
        update work_orders set state = 'failed', apply_next_at = null, apply_owner = null,
          apply_lease_expires_at = null where id = $1
        """,
        order);

    var refusal = Engine.refusal(() -> engine.retryItem(failed.id()));

    assertThat(refusal.code()).isEqualTo(ErrorCode.STATE_CONFLICT);
    assertThat(engine.itemState(failed.id())).isEqualTo("failed");
    engine.retryOrder(order);
    assertThat(engine.orderState(order)).isEqualTo("approved");
  }

  @Test
  void replaysAProposalWhoseTypeIsGone() {
    var type = type("vanishing");
    var payload = new JsonObject().put("items", new JsonArray().add(new JsonObject()));
    var key = Engine.key("propose", "vanishing", "01");
    var first = engine.propose(type, payload, 0, key);
    engine.remove(type);

    var second = engine.propose(type, payload, 0, key);

    assertThat(second.replayed()).isTrue();
    assertThat(second.body()).isEqualTo(first.body());
  }

  /** A type's rules may block: a blocked one must hold up only who waits for it. */
  @Test
  void servesOthersWhileATypesRuleBlocks() {
    var released = new CountDownLatch(1);
    engine.type(new TestType("blocking").slowPlan(released));
    var payload = new JsonObject().put("items", new JsonArray().add(new JsonObject()));
    var blocked =
        db.bus()
            .call(
                StateMessages.PROPOSE,
                new StateMessages.Propose(
                    Engine.caller("a"), "blocking", payload, new JsonObject(), 0, null, null));

    assertThat(engine.propose(type("beside"), 1)).isNotNull();
    assertThat(blocked.isComplete()).isFalse();
    released.countDown();
    assertThat(TestDatabase.await(blocked).status()).isEqualTo(201);
  }

  @Test
  void neverLetsAuditEventsBeChanged() {
    engine.propose(type("audited"), 1);

    for (var sql :
        new String[] {
          "update event_groups set actor_id = 'x'",
          "delete from event_groups",
          "truncate event_groups"
        }) {
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> db.execute(sql)))
          .hasMessageContaining("append-only");
    }
  }
}
